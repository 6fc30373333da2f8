//! `POST /api/v1/apps/{id}/aws/mapping/test`: settings of group mapping go in, what they would do comes out.

use std::collections::BTreeMap;

use domain::{AwsAppSettings, RoleArn, UserId};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    app::{read_settings, write_settings},
    profile::FieldError,
};

/// Entries of each list when nothing is said.
const DEFAULT_LIMIT: usize = 100;
/// At most so many.
const MAX_LIMIT: usize = 1_000;

/// What is asked: keys of `settings.app` beside those that follow. What is left out is as it is saved; `useGroupMapping`
/// is `true`, because that is what is tried.
#[derive(Debug, Clone, PartialEq)]
pub struct MappingTest {
    changes: Map<String, Value>,
    /// Names of groups that need not be there.
    pub sample_groups: Vec<String>,
    /// A user by id or login.
    pub user: Option<String>,
    /// Entries of each list, 1 to 1,000; 100 when absent.
    pub limit: usize,
    /// `next` of the answer before.
    pub after: Option<String>,
}

impl MappingTest {
    /// Reads what was sent.
    ///
    /// # Errors
    /// Every value of a wrong type, and every key that is not known here: a misspelt setting would be tried as it is saved.
    pub fn read(mut sent: Map<String, Value>) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut take = |name: &str| sent.shift_remove(name).filter(|value| !value.is_null());
        let sample_groups = names(take("sampleGroups"), &mut errors);
        let user = text("user", take("user"), &mut errors);
        let after = text("after", take("after"), &mut errors);
        let limit = limit(take("limit"), &mut errors);
        let known = write_settings(&AwsAppSettings::default());
        for name in sent.keys().filter(|name| !known.contains_key(*name)) {
            let known: Vec<String> = known.keys().map(|name| format!("`{name}`")).collect();
            let shown: String = name.chars().take(100).collect();
            let why = format!(
                "it is not known here: write one of {}, `sampleGroups`, `user`, `limit`, `after`",
                known.join(", ")
            );
            errors.push(FieldError::new(shown, why));
        }
        if errors.is_empty() { Ok(Self { changes: sent, sample_groups, user, limit, after }) } else { Err(errors) }
    }

    /// The settings that are tried.
    ///
    /// # Errors
    /// Every value of a wrong type.
    pub fn settings(&self, saved: &AwsAppSettings) -> Result<AwsAppSettings, Vec<FieldError>> {
        let mut settings = write_settings(saved);
        settings.insert("useGroupMapping".to_owned(), Value::Bool(true));
        settings.extend(self.changes.clone());
        read_settings(settings)
    }
}

fn names(value: Option<Value>, errors: &mut Vec<FieldError>) -> Vec<String> {
    let Some(value) = value else { return Vec::new() };
    serde_json::from_value(value).unwrap_or_else(|_| {
        errors.push(FieldError::new("sampleGroups", "it is not a list of names: `[\"aws#one#Admin#123456789012\"]`"));
        Vec::new()
    })
}

fn text(name: &str, value: Option<Value>, errors: &mut Vec<FieldError>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text).filter(|text| !text.is_empty()),
        other => {
            let shown: String = other.to_string().chars().take(100).collect();
            errors.push(FieldError::new(name, format!("`{shown}` is not a text")));
            None
        }
    }
}

fn limit(value: Option<Value>, errors: &mut Vec<FieldError>) -> usize {
    let Some(value) = value else { return DEFAULT_LIMIT };
    let number = value.as_u64().and_then(|number| usize::try_from(number).ok());
    number.filter(|number| (1..=MAX_LIMIT).contains(number)).unwrap_or_else(|| {
        let shown: String = value.to_string().chars().take(100).collect();
        errors.push(FieldError::new("limit", format!("`{shown}` is not a whole number from 1 to {MAX_LIMIT}")));
        DEFAULT_LIMIT
    })
}

/// What the settings would do. Lists hold the first entries, `totals` counts all. What is said of groups, mistakes and
/// roles is written as the decision has it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MappingReport<Group, Lint, Mistake, Role> {
    /// Whether the settings can be used. If not, only `errors` says something.
    pub valid: bool,
    /// What is wrong with them, with `field`, `code`, `message` and `hint`.
    pub errors: Vec<Mistake>,
    /// How much of everything there is.
    pub totals: MappingTotals,
    /// Groups that make a role, by name.
    pub matches: Vec<Group>,
    /// Groups that give nothing, or nothing certain, and were probably meant to, by name.
    pub near_misses: Vec<Group>,
    /// What became of `sampleGroups`, in their order.
    pub samples: Vec<Group>,
    /// What is probably not meant.
    pub lint: Vec<Lint>,
    /// People who gain or lose roles, by id.
    pub people: Vec<PersonChange>,
    /// Where the list of people goes on; `null` at its end.
    pub next: Option<UserId>,
    /// With `user`: everything that this person has and would have.
    pub person: Option<PersonRoles<Role>>,
}

/// How much there is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MappingTotals {
    /// Groups that were looked at.
    pub groups: usize,
    /// Those that make a role.
    pub matches: usize,
    /// Those that nearly do.
    pub near_misses: usize,
    /// The same by code.
    pub near_misses_by_code: BTreeMap<String, usize>,
    /// Active people who were looked at.
    pub people: usize,
    /// Those who gain a role.
    pub people_gaining: usize,
    /// Those who lose one.
    pub people_losing: usize,
    /// Roles gained, over all people.
    pub roles_gained: usize,
    /// Roles lost, over all people.
    pub roles_lost: usize,
}

/// A person, enough to know who it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonName {
    /// The user.
    pub id: UserId,
    /// Login.
    pub login: String,
    /// First and last name.
    pub name: String,
}

/// What changes for one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonChange {
    /// Who.
    pub user: PersonName,
    /// Roles that the settings would give: the first hundred.
    pub gains: Vec<RoleArn>,
    /// How many there are.
    pub gained: usize,
    /// Roles that they would take away: the first hundred.
    pub losses: Vec<RoleArn>,
    /// How many there are.
    pub lost: usize,
}

/// What one person has.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PersonRoles<Role> {
    /// Who.
    pub user: PersonName,
    /// With the settings as they are saved.
    pub before: Vec<Role>,
    /// With those that are tried.
    pub after: Vec<Role>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> Result<MappingTest, Vec<FieldError>> {
        MappingTest::read(value.as_object().unwrap().clone())
    }

    #[test]
    fn what_is_left_out_is_as_it_is_saved_and_mapping_is_on() {
        let saved =
            AwsAppSettings { join_all_roles: true, group_filter: "old".to_owned(), ..AwsAppSettings::default() };
        let test = read(&json!({ "groupFilter": "new", "sampleGroups": ["a"], "user": "ann@example.com", "limit": 5 }))
            .unwrap();
        assert_eq!(
            (test.sample_groups.as_slice(), test.user.as_deref(), test.limit),
            (&["a".to_owned()][..], Some("ann@example.com"), 5)
        );
        // Okta's own keys come along as null when settings are written and read.
        let known = |settings: AwsAppSettings| AwsAppSettings { unknown: serde_json::Map::new(), ..settings };
        let tried = known(test.settings(&saved).unwrap());
        assert_eq!(tried, AwsAppSettings { use_group_mapping: true, group_filter: "new".to_owned(), ..saved.clone() });
        let off = read(&json!({ "useGroupMapping": false })).unwrap();
        assert_eq!(known(off.settings(&saved).unwrap()), saved);
        assert_eq!(off.limit, 100);
    }

    #[test]
    fn mistakes_are_named_all_at_once() {
        let errors = read(&json!({ "groupfilter": "x", "sampleGroups": "x", "limit": 0, "user": 5 })).unwrap_err();
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["sampleGroups", "user", "limit", "groupfilter"]);
        assert!(errors[3].cause.contains("`groupFilter`"));
        let wrong = read(&json!({ "groupFilter": 5 })).unwrap().settings(&AwsAppSettings::default()).unwrap_err();
        assert_eq!(wrong[0].field, "settings.app.groupFilter");
    }
}
