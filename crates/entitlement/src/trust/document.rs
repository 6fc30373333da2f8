//! Reading a trust policy's JSON. Element names are case-sensitive; a statement may stand alone or in a list; most
//! values may be one text or a list of texts (IAM user guide, "Grammar of the IAM JSON policy language").

use serde_json::{Map, Value};

use super::condition::Condition;

/// Twice the largest trust policy that any published quota allows.
const MAX_BYTES: usize = 16 * 1024;

/// Why a text is no trust policy: one sentence without its full stop.
#[derive(Debug)]
pub(super) struct Malformed(pub(super) String);

type Parsed<T> = Result<T, Malformed>;

#[derive(Debug)]
pub(super) struct Policy {
    pub(super) statements: Vec<Statement>,
}

#[derive(Debug)]
pub(super) struct Statement {
    /// Its `Sid`, else `statement 2`.
    pub(super) label: String,
    pub(super) effect: Effect,
    pub(super) principal: Principal,
    pub(super) actions: Actions,
    pub(super) conditions: Vec<Condition>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Allow,
    Deny,
}

#[derive(Debug, Default)]
pub(super) struct Principal {
    /// `NotPrincipal` was written: IAM refuses it in a trust policy, but a deny must not be overlooked.
    pub(super) negated: bool,
    /// `"*"` or `{"AWS": "*"}`.
    pub(super) everyone: bool,
    pub(super) federated: Vec<String>,
    /// Kinds other than `Federated`: `AWS`, `Service` …
    pub(super) other_kinds: Vec<String>,
}

#[derive(Debug)]
pub(super) enum Actions {
    Listed(Vec<String>),
    AllBut(Vec<String>),
}

pub(super) fn parse(text: &str) -> Parsed<Policy> {
    if text.trim().is_empty() {
        return malformed("AWS gave no trust policy");
    }
    if text.len() > MAX_BYTES {
        return malformed(format!("the trust policy has {} bytes, more than IAM takes", text.len()));
    }
    // serde_json stops at a depth of 128.
    let value: Value =
        serde_json::from_str(text).map_err(|error| Malformed(format!("the trust policy is not JSON: {error}")))?;
    let Value::Object(policy) = value else { return malformed("the trust policy is not a JSON object") };
    let variables = policy.get("Version").and_then(Value::as_str) == Some("2012-10-17");
    let list = match policy.get("Statement") {
        Some(Value::Array(list)) => list.as_slice(),
        Some(one @ Value::Object(_)) => std::slice::from_ref(one),
        Some(_) => return malformed("`Statement` is neither an object nor a list"),
        None => return malformed("the trust policy has no `Statement`"),
    };
    let statements =
        list.iter().enumerate().map(|(index, value)| statement(index, value, variables)).collect::<Parsed<_>>()?;
    Ok(Policy { statements })
}

fn malformed<T>(text: impl Into<String>) -> Parsed<T> {
    Err(Malformed(text.into()))
}

fn statement(index: usize, value: &Value, variables: bool) -> Parsed<Statement> {
    let number = format!("statement {}", index + 1);
    let Value::Object(fields) = value else { return malformed(format!("{number} is not an object")) };
    let sid = fields.get("Sid").and_then(Value::as_str).filter(|sid| !sid.is_empty());
    let label = sid.map_or_else(|| number.clone(), |sid| sid.chars().take(128).collect());
    let in_statement = |Malformed(text): Malformed| Malformed(format!("{text} in {number}"));
    let effect = match fields.get("Effect").and_then(Value::as_str) {
        Some("Allow") => Effect::Allow,
        Some("Deny") => Effect::Deny,
        _ => return malformed(format!("`Effect` is neither `Allow` nor `Deny` in {number}")),
    };
    Ok(Statement {
        label,
        effect,
        principal: principal(fields).map_err(in_statement)?,
        actions: actions(fields).map_err(in_statement)?,
        conditions: conditions(fields, variables).map_err(in_statement)?,
    })
}

fn principal(fields: &Map<String, Value>) -> Parsed<Principal> {
    let (value, negated) = match (fields.get("Principal"), fields.get("NotPrincipal")) {
        (Some(value), None) => (value, false),
        (None, Some(value)) => (value, true),
        (None, None) => return malformed("`Principal` is missing"),
        (Some(_), Some(_)) => return malformed("`Principal` and `NotPrincipal` stand together"),
    };
    let mut principal = Principal { negated, ..Principal::default() };
    match value {
        Value::String(everyone) if everyone == "*" => principal.everyone = true,
        Value::Object(kinds) => {
            for (kind, names) in kinds {
                let names = texts(names, "Principal")?;
                if kind == "Federated" {
                    principal.federated = names;
                } else {
                    principal.everyone |= kind == "AWS" && names.iter().any(|name| name == "*");
                    principal.other_kinds.push(kind.chars().take(64).collect());
                }
            }
        }
        _ => return malformed("`Principal` is neither `*` nor an object"),
    }
    Ok(principal)
}

fn actions(fields: &Map<String, Value>) -> Parsed<Actions> {
    match (fields.get("Action"), fields.get("NotAction")) {
        (Some(value), None) => texts(value, "Action").map(Actions::Listed),
        (None, Some(value)) => texts(value, "NotAction").map(Actions::AllBut),
        (None, None) => malformed("`Action` is missing"),
        (Some(_), Some(_)) => malformed("`Action` and `NotAction` stand together"),
    }
}

fn conditions(fields: &Map<String, Value>, variables: bool) -> Parsed<Vec<Condition>> {
    let operators = match fields.get("Condition") {
        None => return Ok(Vec::new()),
        Some(Value::Object(operators)) => operators,
        Some(_) => return malformed("`Condition` is not an object"),
    };
    let mut conditions = Vec::new();
    for (operator, keys) in operators {
        let Value::Object(keys) = keys else { return malformed(format!("`{}` is not an object", clip(operator))) };
        for (key, values) in keys {
            conditions.push(Condition::new(operator, key, texts(values, key)?, variables));
        }
    }
    Ok(conditions)
}

/// One text or a list of them; numbers and booleans count as what they print.
fn texts(value: &Value, element: &str) -> Parsed<Vec<String>> {
    let one = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Number(number) => Ok(number.to_string()),
        _ => malformed(format!("`{}` holds something that is not a text", clip(element))),
    };
    match value {
        Value::Array(list) => list.iter().map(one).collect(),
        value => one(value).map(|text| vec![text]),
    }
}

fn clip(text: &str) -> String {
    text.chars().take(128).collect()
}
