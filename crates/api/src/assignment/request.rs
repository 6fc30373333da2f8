//! Assignments as clients send them: an object, or for a group's a JSON patch (RFC 6902) of the parts that matter.

use serde_json::{Map, Value};

use crate::profile::FieldError;

/// Attributes of an answer's profile that come from elsewhere: a client may send back what it read.
const DERIVED: [&str; 7] =
    ["email", "firstName", "lastName", "mobilePhone", "secondEmail", "idpRolePairs", "samlRoleLabels"];

/// A part that a request may leave out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Given<T> {
    /// Left out.
    #[default]
    Absent,
    /// There.
    Value(T),
}

/// The roles of a profile, as written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Roles {
    /// `role`.
    pub role: Given<Option<String>>,
    /// `samlRoles`; `null` is an empty list.
    pub saml_roles: Given<Vec<String>>,
}

/// A user's assignment as sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AppUserRequest {
    /// Whom; absent where the path says it.
    pub id: Option<String>,
    /// Whether `scope` was `USER`.
    pub direct: bool,
    /// `credentials.userName`.
    pub user_name: Given<Option<String>>,
    /// `profile`.
    pub roles: Roles,
}

impl AppUserRequest {
    /// Reads what was sent.
    ///
    /// # Errors
    /// Wrong types, another scope than `USER`, a profile attribute that an app of this kind does not have.
    pub fn parse(sent: &Map<String, Value>) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let id = text(sent.get("id"), "id", &mut errors).flatten();
        let scope = text(sent.get("scope"), "scope", &mut errors).flatten();
        if let Some(scope) = scope.as_deref().filter(|scope| *scope != "USER") {
            let shown: String = scope.chars().take(50).collect();
            let why = format!(
                "`{shown}` cannot be written: `USER` is the scope of a direct assignment, groups are assigned under `/groups`"
            );
            errors.push(FieldError::new("scope", why));
        }
        let user_name = sent.get("credentials").and_then(|credentials| credentials.get("userName"));
        let user_name = match text(user_name, "credentials.userName", &mut errors) {
            None => Given::Absent,
            Some(name) => Given::Value(name.filter(|name| !name.is_empty())),
        };
        let roles = profile(sent.get("profile"), &mut errors);
        if errors.is_empty() { Ok(Self { id, direct: scope.is_some(), user_name, roles }) } else { Err(errors) }
    }
}

/// A group's assignment as sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AppGroupRequest {
    /// `priority`.
    pub priority: Option<u32>,
    /// `profile`.
    pub roles: Roles,
}

impl AppGroupRequest {
    /// Reads what was sent to replace an assignment: in a profile that is given, what is absent is empty. Without a
    /// profile the roles stay: SDKs send `{}` for a group that they only want assigned.
    ///
    /// # Errors
    /// Wrong types, a negative priority, a profile attribute that an app of this kind does not have.
    pub fn parse(sent: &Map<String, Value>) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let priority = sent.get("priority").filter(|value| !value.is_null());
        let priority = priority.and_then(|value| priority_of(value, &mut errors));
        let mut roles = profile(sent.get("profile"), &mut errors);
        if matches!(sent.get("profile"), Some(Value::Object(_))) {
            roles = whole(roles);
        }
        if errors.is_empty() { Ok(Self { priority, roles }) } else { Err(errors) }
    }
}

fn whole(roles: Roles) -> Roles {
    let or_empty = |given| if given == Given::Absent { Given::Value(None) } else { given };
    let saml_roles = match roles.saml_roles {
        Given::Absent => Given::Value(Vec::new()),
        given @ Given::Value(_) => given,
    };
    Roles { role: or_empty(roles.role), saml_roles }
}

/// Reads a JSON patch of a group's assignment: `add`, `replace` and `remove` of `/profile/samlRoles`, `/profile/role`,
/// `/profile` and `/priority`.
///
/// # Errors
/// Another operation or path, or a value of the wrong type, each with its place in the list.
pub fn read_patch(operations: &[Value]) -> Result<AppGroupRequest, Vec<FieldError>> {
    let mut request = AppGroupRequest::default();
    let mut errors = Vec::new();
    for (index, operation) in operations.iter().enumerate() {
        let part = |name: &str| operation.get(name).and_then(Value::as_str).unwrap_or_default();
        let null = Value::Null;
        let value = match part("op") {
            "add" | "replace" => operation.get("value").unwrap_or(&null),
            "remove" => &null,
            other => {
                let shown: String = other.chars().take(50).collect();
                let why = format!("`{shown}` is not supported: `add`, `replace` and `remove` are");
                errors.push(FieldError::new(format!("[{index}].op"), why));
                continue;
            }
        };
        match part("path") {
            "/profile/role" => request.roles.role = role(value, &mut errors),
            "/profile/samlRoles" => request.roles.saml_roles = saml_roles(value, &mut errors),
            "/profile" => request.roles = whole(profile(Some(value), &mut errors)),
            "/priority" => request.priority = priority_of(value, &mut errors),
            other => {
                let shown: String = other.chars().take(100).collect();
                let why =
                    format!("`{shown}` cannot be changed: `/profile/samlRoles`, `/profile/role` and `/priority` can");
                errors.push(FieldError::new(format!("[{index}].path"), why));
            }
        }
    }
    if errors.is_empty() { Ok(request) } else { Err(errors) }
}

fn profile(sent: Option<&Value>, errors: &mut Vec<FieldError>) -> Roles {
    let object = match sent {
        None | Some(Value::Null) => return Roles::default(),
        Some(Value::Object(object)) => object,
        Some(_) => {
            errors.push(FieldError::new("profile", "an object is expected"));
            return Roles::default();
        }
    };
    let mut roles = Roles::default();
    for (name, value) in object {
        match name.as_str() {
            "role" => roles.role = role(value, errors),
            "samlRoles" => roles.saml_roles = saml_roles(value, errors),
            known if DERIVED.contains(&known) => {}
            other => {
                let shown: String = other.chars().take(100).collect();
                let why =
                    format!("`{shown}` is not an attribute of this app's assignments: `role` and `samlRoles` are");
                errors.push(FieldError::new("profile", why));
            }
        }
    }
    roles
}

fn role(value: &Value, errors: &mut Vec<FieldError>) -> Given<Option<String>> {
    let read = text(Some(value), "profile.role", errors).flatten();
    Given::Value(read.filter(|text| !text.trim().is_empty()))
}

fn saml_roles(value: &Value, errors: &mut Vec<FieldError>) -> Given<Vec<String>> {
    match value {
        Value::Null => Given::Value(Vec::new()),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            Given::Value(items.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        }
        _ => {
            errors.push(FieldError::new("profile.samlRoles", "a list of texts is expected"));
            Given::Absent
        }
    }
}

fn priority_of(value: &Value, errors: &mut Vec<FieldError>) -> Option<u32> {
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok()).filter(|number| *number <= 1_000_000);
    if number.is_none() {
        let shown: String = value.to_string().chars().take(50).collect();
        let why = format!("`{shown}` is not a priority: a whole number from 0 (the highest) to 1000000");
        errors.push(FieldError::new("priority", why));
    }
    number
}

/// `None` when absent, `Some(None)` when `null`.
#[expect(clippy::option_option, reason = "absent and null are different in a partial update")]
fn text(value: Option<&Value>, name: &str, errors: &mut Vec<FieldError>) -> Option<Option<String>> {
    match value {
        None => None,
        Some(Value::Null) => Some(None),
        Some(Value::String(text)) => Some(Some(text.clone())),
        Some(_) => {
            errors.push(FieldError::new(name, "a text is expected"));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names(values: &[&str]) -> Given<Vec<String>> {
        Given::Value(values.iter().map(|value| (*value).to_owned()).collect())
    }

    #[test]
    fn a_profile_that_was_read_can_be_sent_back() {
        let sent = json!({
            "id": "00u", "scope": "USER", "status": "ACTIVE", "credentials": { "userName": "ann" },
            "profile": {
                "email": "a@b", "firstName": "A", "lastName": "B", "mobilePhone": null, "secondEmail": null,
                "role": null, "samlRoles": ["Admin"], "samlRoleLabels": ["[x] - Admin"], "idpRolePairs": [],
            },
        });
        let request = AppUserRequest::parse(sent.as_object().unwrap()).unwrap();
        assert_eq!(request.roles, Roles { role: Given::Value(None), saml_roles: names(&["Admin"]) });
        assert_eq!(request.user_name, Given::Value(Some("ann".to_owned())));
        assert!(request.direct);
    }

    #[test]
    fn a_misspelt_attribute_is_named() {
        let sent = json!({ "profile": { "samlRole": ["Admin"] }, "priority": -1 });
        let errors = AppGroupRequest::parse(sent.as_object().unwrap()).unwrap_err();
        assert!(errors[0].cause.contains("`-1`"));
        assert!(errors[1].cause.contains("`samlRole`"));
    }

    #[test]
    fn a_group_s_profile_is_whole_and_its_absence_changes_nothing() {
        let parse = |sent: Value| AppGroupRequest::parse(sent.as_object().unwrap()).unwrap().roles;
        assert_eq!(parse(json!({})), Roles::default());
        let roles = parse(json!({ "profile": { "role": "Admin" } }));
        assert_eq!(roles, Roles { role: Given::Value(Some("Admin".to_owned())), saml_roles: names(&[]) });
    }

    #[test]
    fn a_patch_changes_what_it_names_and_nothing_else() {
        let patch = json!([
            { "op": "replace", "path": "/profile/samlRoles", "value": ["A", "B"] },
            { "op": "remove", "path": "/profile/role" },
            { "op": "replace", "path": "/priority", "value": 3 },
        ]);
        let request = read_patch(patch.as_array().unwrap()).unwrap();
        assert_eq!(request.priority, Some(3));
        assert_eq!(request.roles, Roles { role: Given::Value(None), saml_roles: names(&["A", "B"]) });
        for bad in [
            json!([{ "op": "test", "path": "/priority", "value": 3 }]),
            json!([{ "op": "replace", "path": "/id", "value": 3 }]),
            json!([{ "op": "replace", "path": "/profile/samlRoles", "value": "A" }]),
            json!(["x"]),
        ] {
            assert!(read_patch(bad.as_array().unwrap()).is_err(), "{bad}");
        }
    }
}
