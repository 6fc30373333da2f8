//! What is probably not meant in a mapping that works: found on the groups that are there.

use std::collections::BTreeMap;

use domain::{App, RoleArn};
use serde::Serialize;

use super::{GroupOutcome, Mapping, Sources};
use crate::Usability;

/// Groups that a finding names.
const MAX_NAMED: usize = 5;
/// Findings about single roles.
const MAX_ROLES: usize = 50;

/// Something that is probably not meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Lint {
    /// `no_group_matches`, `two_groups_for_one_role`, `provider_unknown`, `app_filter_unknown` …
    pub code: &'static str,
    /// One sentence.
    pub explanation: String,
    /// What to do about it.
    pub fix: String,
}

impl Lint {
    fn new(code: &'static str, explanation: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { code, explanation: explanation.into(), fix: fix.into() }
    }
}

/// Looks over a mapping; `outcomes` are those of all groups.
pub fn lint(app: &App, mapping: &Mapping, sources: &Sources, outcomes: &[GroupOutcome]) -> Vec<Lint> {
    let mut found = unknown_sources(mapping, sources);
    found.extend(nothing_matches(outcomes));
    found.extend(provider(app, mapping, outcomes));
    found.extend(two_for_one(outcomes));
    found
}

fn unknown_sources(mapping: &Mapping, sources: &Sources) -> Vec<Lint> {
    let names = sources.names();
    let known: Vec<String> = std::iter::once("okta".to_owned()).chain(names.iter().cloned()).collect();
    let lint = |word: &str| {
        Lint::new(
            "app_filter_unknown",
            format!("the app filter names `{word}`, which is no source of groups"),
            format!("write one of {}, or remove it", quoted(&known)),
        )
    };
    mapping.sources.unknown(&names).map(lint).collect()
}

fn nothing_matches(outcomes: &[GroupOutcome]) -> Option<Lint> {
    if outcomes.iter().any(|outcome| outcome.role.is_some()) {
        return None;
    }
    let near = outcomes.iter().filter(|outcome| outcome.miss.is_some()).count();
    Some(Lint::new(
        "no_group_matches",
        format!("none of the {} group(s) makes a role; {near} nearly do", outcomes.len()),
        "look at the near misses, or import the groups first",
    ))
}

/// A provider that no account has: either the app says another name, or no role that is known trusts it.
fn provider(app: &App, mapping: &Mapping, outcomes: &[GroupOutcome]) -> Option<Lint> {
    let name = mapping.pattern.provider_name()?;
    let judged = outcomes.iter().filter_map(|outcome| outcome.usability.as_ref());
    let mut strangers = 0_usize;
    for usability in judged {
        match usability {
            Usability::Refused { refusal } if refusal.code == "other_provider" => strangers += 1,
            Usability::Refused { refusal } if refusal.code == "no_federated_principal" => {}
            Usability::Refused { refusal } if refusal.code.starts_with("role_") => {}
            Usability::Warned { warnings } if warnings.iter().any(|one| one.code == "account_not_discovered") => {}
            _ => return None,
        }
    }
    let known = app.settings.identity_provider_arn.as_ref().map(domain::ProviderArn::name);
    if strangers == 0 && known.is_none_or(|known| known == name) {
        return None;
    }
    let explanation = if strangers > 0 {
        format!("none of the roles that groups make trusts the provider `{name}`; {strangers} trust another one")
    } else {
        format!(
            "the role value pattern names the provider `{name}`, `identityProviderArn` `{}`",
            known.unwrap_or_default()
        )
    };
    let fix =
        "write the name that the SAML provider has in AWS; it has to be the same, case included, in every account";
    Some(Lint::new("provider_unknown", explanation, fix))
}

fn two_for_one(outcomes: &[GroupOutcome]) -> Vec<Lint> {
    let mut groups: BTreeMap<&RoleArn, Vec<String>> = BTreeMap::new();
    for outcome in outcomes {
        if let Some(role) = &outcome.role {
            groups.entry(role).or_default().push(outcome.group_name.clone());
        }
    }
    let several = groups.into_iter().filter(|(_, names)| names.len() > 1);
    several
        .take(MAX_ROLES)
        .map(|(role, names)| {
            Lint::new(
                "two_groups_for_one_role",
                format!("{} groups make `{role}`: {}", names.len(), quoted(&names)),
                "leave one of them, so that taking somebody out of it takes the role away",
            )
        })
        .collect()
}

/// In backticks, the first few.
fn quoted(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(MAX_NAMED).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(MAX_NAMED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests;
