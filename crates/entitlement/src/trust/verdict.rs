//! From statements to a verdict with its words: which statement decided, why, and what to write instead.

use domain::{
    RoleArn,
    aws::{Trust, TrustVerdict},
};

use super::{
    TrustQuestion,
    condition::Condition,
    document::{Actions, Effect, Policy, Principal, Statement},
    ternary::Ternary,
    wildcard,
};

const SAML: &str = "sts:AssumeRoleWithSAML";
const TAG_SESSION: &str = "sts:TagSession";
const SET_SOURCE_IDENTITY: &str = "sts:SetSourceIdentity";

/// Verdict on a policy that could be read.
pub(super) fn of_policy(policy: &Policy, question: &TrustQuestion) -> TrustVerdict {
    let reason = match decide(policy, question, SAML) {
        Decision { trust: Trust::Allowed, allow, .. } => trusted(allow, question),
        Decision { trust: Trust::Conditional, allow, deny } => conditional(allow, deny, question),
        Decision { trust: Trust::Refused, deny: Some(statement), .. } => denied(statement),
        Decision { trust: Trust::Refused, .. } => nearest_miss(policy, question),
    };
    TrustVerdict {
        trust: decide(policy, question, SAML).trust,
        code: reason.code.to_owned(),
        statement: reason.statement,
        explanation: reason.explanation,
        fix: reason.fix,
        tag_session: decide(policy, question, TAG_SESSION).trust,
        set_source_identity: decide(policy, question, SET_SOURCE_IDENTITY).trust,
    }
}

/// Roles of IAM Identity Center: the STS API reference rules them out.
pub(crate) fn reserved_sso(role: &RoleArn) -> TrustVerdict {
    refused(
        "reserved_sso",
        format!(
            "`{}` belongs to IAM Identity Center, and AWS lets no other SAML provider into such a role",
            role.name()
        ),
        "assign a role of your own instead, or use Identity Center for this one",
    )
}

/// Roles of AWS services.
pub(crate) fn service_linked(role: &RoleArn) -> TrustVerdict {
    refused(
        "service_linked",
        format!("`{}` is a service-linked role, which only its AWS service can enter", role.name()),
        "assign a role of your own instead",
    )
}

/// What cannot be read lets nobody in.
pub(super) fn unparsable(why: &str) -> TrustVerdict {
    refused(
        "unparsable",
        why.to_owned(),
        "open the role's trust policy in the IAM console, correct it and refresh the account",
    )
}

/// The app does not say yet which provider is ours.
pub(crate) fn provider_missing() -> TrustVerdict {
    refused(
        "identity_provider_arn_missing",
        "the app has no identity provider ARN, so no trust policy can name it".to_owned(),
        "set `identityProviderArn` of the app to the ARN of the SAML provider in AWS",
    )
}

/// Each group's name says which provider is sent: there is none to judge by before somebody has the role.
pub(super) fn provider_varies() -> TrustVerdict {
    TrustVerdict {
        trust: Trust::Conditional,
        tag_session: Trust::Conditional,
        set_source_identity: Trust::Conditional,
        ..refused(
            "provider_varies",
            "the role value pattern takes the provider's name from the group's name".to_owned(),
            "look at the role of a person or a group: the trust policy is judged for its own provider there",
        )
    }
}

fn refused(code: &str, explanation: String, fix: &str) -> TrustVerdict {
    TrustVerdict {
        trust: Trust::Refused,
        code: code.to_owned(),
        statement: None,
        explanation,
        fix: Some(fix.to_owned()),
        tag_session: Trust::Refused,
        set_source_identity: Trust::Refused,
    }
}

struct Decision<'a> {
    trust: Trust,
    /// The statement that allows (or may).
    allow: Option<&'a Statement>,
    /// The statement that denies (or may).
    deny: Option<&'a Statement>,
}

/// An explicit deny wins, then an allow; without either the answer is no.
fn decide<'a>(policy: &'a Policy, question: &TrustQuestion, action: &str) -> Decision<'a> {
    let strongest = |effect: Effect| {
        let mut best = (Ternary::No, None);
        for statement in policy.statements.iter().filter(|statement| statement.effect == effect) {
            let applies = applies(statement, question, action);
            if applies > best.0 {
                best = (applies, Some(statement));
            }
        }
        best
    };
    let ((denies, deny), (allows, allow)) = (strongest(Effect::Deny), strongest(Effect::Allow));
    let trust = match (denies, allows) {
        (Ternary::Yes, _) | (_, Ternary::No) => Trust::Refused,
        (Ternary::No, Ternary::Yes) => Trust::Allowed,
        _ => Trust::Conditional,
    };
    Decision { trust, allow, deny: deny.filter(|_| denies == Ternary::Yes || trust == Trust::Conditional) }
}

fn applies(statement: &Statement, question: &TrustQuestion, action: &str) -> Ternary {
    if !names_us(&statement.principal, statement.effect, question) || !covers(&statement.actions, action) {
        return Ternary::No;
    }
    Ternary::all(statement.conditions.iter().map(|condition| condition.holds(question)))
}

/// An allow has to name our provider exactly: whether `*` would cover a federated caller is documented nowhere. A deny
/// of everyone denies us too.
fn names_us(principal: &Principal, effect: Effect, question: &TrustQuestion) -> bool {
    let ours = question.provider.to_string();
    let named = principal.federated.contains(&ours);
    match effect {
        Effect::Allow => named && !principal.negated,
        Effect::Deny if principal.negated => !named,
        Effect::Deny => named || principal.everyone || principal.federated.iter().any(|name| name == "*"),
    }
}

fn covers(actions: &Actions, action: &str) -> bool {
    let listed = |patterns: &[String]| patterns.iter().any(|pattern| wildcard::matches_ignoring_case(pattern, action));
    match actions {
        Actions::Listed(patterns) => listed(patterns),
        Actions::AllBut(patterns) => !listed(patterns),
    }
}

struct Reason {
    code: &'static str,
    statement: Option<String>,
    explanation: String,
    fix: Option<String>,
}

fn label(statement: Option<&Statement>) -> Option<String> {
    statement.map(|statement| statement.label.clone())
}

fn trusted(allow: Option<&Statement>, question: &TrustQuestion) -> Reason {
    let by = allow.map_or(String::new(), |statement| format!(" by `{}`", statement.label));
    let explanation = format!("the trust policy lets `{}` in{by}", question.provider);
    Reason { code: "trusted", statement: label(allow), explanation, fix: None }
}

fn denied(statement: &Statement) -> Reason {
    Reason {
        code: "denied",
        statement: Some(statement.label.clone()),
        explanation: format!("`{}` denies `{SAML}`, and a deny wins over every allow", statement.label),
        fix: Some(format!("remove `{}` or except this provider from it", statement.label)),
    }
}

fn conditional(allow: Option<&Statement>, deny: Option<&Statement>, question: &TrustQuestion) -> Reason {
    let statement = deny.or(allow);
    let open: Vec<&Condition> = statement
        .iter()
        .flat_map(|statement| &statement.conditions)
        .filter(|condition| condition.holds(question) == Ternary::Maybe)
        .collect();
    let keys = listed(open.iter().map(|condition| condition.written_key.as_str()));
    let verb = if deny.is_some() { "denies" } else { "allows" };
    let name = statement.map_or("the policy", |statement| statement.label.as_str());
    Reason {
        code: "conditional",
        statement: label(statement),
        explanation: format!("`{name}` {verb} entering under a condition on {keys} that only AWS can judge at sign-in"),
        fix: None,
    }
}

/// Nothing allows: say so of the statement that comes nearest, which is the one that somebody meant for us.
fn nearest_miss(policy: &Policy, question: &TrustQuestion) -> Reason {
    let mut best: Option<(u8, Reason)> = None;
    for statement in policy.statements.iter().filter(|statement| statement.effect == Effect::Allow) {
        let (rank, reason) = miss(statement, question);
        if best.as_ref().is_none_or(|(best_rank, _)| rank > *best_rank) {
            best = Some((rank, reason));
        }
    }
    match best {
        Some((rank, reason)) if rank > 0 => reason,
        _ => no_federated_principal(policy, question),
    }
}

/// How near a statement comes (0: not meant for SAML at all), and why it misses.
fn miss(statement: &Statement, question: &TrustQuestion) -> (u8, Reason) {
    let name = &statement.label;
    let reason = |code, explanation, fix| Reason { code, statement: Some(name.clone()), explanation, fix: Some(fix) };
    if !names_us(&statement.principal, Effect::Allow, question) {
        let ours = question.provider.to_string();
        let others = &statement.principal.federated;
        let is_near = others.iter().any(|other| other.eq_ignore_ascii_case(&ours));
        let why = if is_near { ": they differ in case, and ARNs are compared exactly" } else { "" };
        let explanation = format!("`{name}` lets in {}, not `{ours}`{why}", listed(others.iter().map(String::as_str)));
        let fix = format!("add `{ours}` to `Principal.Federated` of `{name}`");
        let rank = u8::from(!others.is_empty() && !statement.principal.negated) * (1 + u8::from(is_near));
        return (rank, reason("other_provider", explanation, fix));
    }
    if !covers(&statement.actions, SAML) {
        let explanation = format!("`{name}` names our provider but does not allow `{SAML}`");
        return (3, reason("action_missing", explanation, format!("add `{SAML}` to `Action` of `{name}`")));
    }
    unmet_condition(statement, question).map_or_else(
        || (0, reason("condition_unmet", String::new(), String::new())),
        |(rank, code, explanation, fix)| (rank, reason(code, explanation, fix)),
    )
}

/// The condition that is certainly not met: the audience first, because that is the usual mistake.
fn unmet_condition(statement: &Statement, question: &TrustQuestion) -> Option<(u8, &'static str, String, String)> {
    let rank = |condition: &&Condition| match condition.key.as_str() {
        "saml:aud" => 6,
        "saml:iss" => 5,
        _ => 4,
    };
    let unmet = statement.conditions.iter().filter(|condition| condition.holds(question) == Ternary::No);
    let condition = unmet.reduce(|best, next| if rank(&next) > rank(&best) { next } else { best })?;
    let (rank, name) = (rank(&condition), &statement.label);
    let (operator, key) = (&condition.written_operator, &condition.written_key);
    let wanted =
        format!("`{operator}` on `{key}` in `{name}` wants {}", listed(condition.values.iter().map(String::as_str)));
    let (code, what, actual) = match rank {
        6 => ("audience_mismatch", "this app's ACS URL is", question.recipient.as_str()),
        5 => ("issuer_mismatch", "this app's issuer is", question.issuer.as_deref().unwrap_or_default()),
        _ => {
            let fix = format!("change or remove the condition on `{key}` in `{name}`");
            return Some((rank, "condition_unmet", format!("{wanted}, which no sign-in from this app meets"), fix));
        }
    };
    let fix = if condition.is_pattern_taken_literally(actual) {
        format!("write `StringLike` instead of `{operator}` in `{name}`: `{operator}` takes `*` and `?` literally")
    } else {
        format!("add `{actual}` to the values of `{key}` in `{name}`")
    };
    Some((rank, code, format!("{wanted}, but {what} `{actual}`"), fix))
}

fn no_federated_principal(policy: &Policy, question: &TrustQuestion) -> Reason {
    let kinds: Vec<&str> =
        policy.statements.iter().flat_map(|statement| &statement.principal.other_kinds).map(String::as_str).collect();
    let instead = if kinds.is_empty() { String::new() } else { format!(", only {} principals", listed(kinds)) };
    let statement = serde_json::json!({
        "Effect": "Allow",
        "Principal": {"Federated": question.provider.to_string()},
        "Action": SAML,
        "Condition": {"StringEquals": {"SAML:aud": question.recipient}},
    });
    Reason {
        code: "no_federated_principal",
        statement: None,
        explanation: format!("no statement of the trust policy lets a SAML provider in{instead}"),
        fix: Some(format!("add this statement to the trust policy: `{statement}`")),
    }
}

/// The first three different values in backticks, and how many more there are.
fn listed<'a>(values: impl IntoIterator<Item = &'a str>) -> String {
    let mut different: Vec<&str> = Vec::new();
    for value in values {
        if !different.contains(&value) {
            different.push(value);
        }
    }
    let shown: Vec<String> =
        different.iter().take(3).map(|value| format!("`{}`", value.chars().take(300).collect::<String>())).collect();
    match different.len().saturating_sub(3) {
        0 if shown.is_empty() => "nothing".to_owned(),
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
