//! The roles that a user has by assignment, each with its reasons and with what would happen on entering it.
//!
//! Everything that an assignment gives is in the answer, also what cannot be used: an administrator sees why, a
//! launch offers only what [`Usability::can_launch`] says. Nothing at all for an app or a user that is not active.
//! Roles by group mapping (`useGroupMapping`) are decided elsewhere.

use std::{collections::HashMap, sync::Arc};

use domain::{
    AccountId, App, Partition, ProviderArn, RoleArn, Timestamp,
    aws::{AwsAccount, OrganizationState},
    time::Seconds,
};
use serde::Serialize;

use crate::{
    AssignedTo, Catalogue, Finding, Reason, Refusal,
    check::{Answer, Check, Subject},
    grant::Grants,
};

/// One role that a user has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entitlement {
    /// The role.
    pub role: RoleArn,
    /// Our SAML provider in the role's account; absent while the app has no `identityProviderArn`.
    pub provider: Option<ProviderArn>,
    /// The account.
    pub account: Arc<AccountFacts>,
    /// AWS's description; empty when there is none or the role was not discovered.
    pub description: String,
    /// `MaxSessionDuration` in seconds; absent when the role was not discovered.
    pub max_session_duration: Option<Seconds>,
    /// Every assignment that gives it: direct first, then groups by priority. Never empty.
    pub reasons: Vec<Reason>,
    /// Whether it can be entered.
    pub usability: Usability,
}

/// What is known of an account, enough to name it and to say how old the knowledge is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountFacts {
    /// The account.
    pub id: AccountId,
    /// Its partition.
    pub partition: Partition,
    /// Its name; the id when it was never discovered.
    pub name: String,
    /// Its alias.
    pub alias: Option<String>,
    /// Where it stands in its organization.
    pub organization_state: Option<OrganizationState>,
    /// When it was read completely for the last time; absent when never.
    pub last_success: Option<Timestamp>,
    /// Whether the latest attempt to read it failed: its roles are older than they should be.
    pub stale: bool,
    /// Since when it is no longer among the connected accounts.
    pub vanished: Option<Timestamp>,
}

impl AccountFacts {
    fn new(role: &RoleArn, known: Option<&AwsAccount>) -> Self {
        Self {
            id: role.account(),
            partition: role.partition(),
            name: known.map_or_else(|| role.account().to_string(), |account| account.name.clone()),
            alias: known.and_then(|account| account.alias.clone()),
            organization_state: known.and_then(|account| account.organization_state),
            last_success: known.and_then(|account| account.last_success),
            stale: known.is_some_and(|account| account.error.is_some()),
            vanished: known.and_then(|account| account.vanished),
        }
    }

    /// `[alias] - role` or `account name - role`: what people pick from.
    pub fn role_label(&self, role: &RoleArn) -> String {
        match &self.alias {
            Some(alias) => format!("[{alias}] - {}", role.name()),
            None => format!("{} - {}", self.name, role.name()),
        }
    }
}

/// Whether a role can be entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase")]
pub enum Usability {
    /// Yes.
    Usable,
    /// As far as we know; AWS may still refuse.
    Warned {
        /// At least one.
        warnings: Vec<Finding>,
    },
    /// No.
    Refused {
        /// The first check that failed.
        refusal: Refusal,
    },
}

impl Usability {
    /// Whether a launch may be tried.
    pub const fn can_launch(&self) -> bool {
        !matches!(self, Self::Refused { .. })
    }

    fn of(subject: &Subject<'_>) -> Self {
        let mut warnings = Vec::new();
        for check in Check::ALL {
            match check.ask(subject) {
                Answer::Passed | Answer::NotAsked => {}
                Answer::Warned(finding) => warnings.push(finding),
                Answer::Failed(refusal) => return Self::Refused { refusal },
            }
        }
        if warnings.is_empty() { Self::Usable } else { Self::Warned { warnings } }
    }
}

/// Every role that the assignments give, ordered by account name (without case), account id and role name.
/// Empty for an inactive app or user.
pub fn assigned(to: AssignedTo<'_>, catalogue: &dyn Catalogue) -> Vec<Entitlement> {
    if !to.app.is_active() || !to.user.is_active() {
        return Vec::new();
    }
    let mut accounts: HashMap<(Partition, AccountId), Arc<AccountFacts>> = HashMap::new();
    let mut entitlements: Vec<Entitlement> = Grants::of(to)
        .granted
        .into_iter()
        .map(|(role, reasons)| {
            let facts = accounts
                .entry((role.partition(), role.account()))
                .or_insert_with(|| {
                    Arc::new(AccountFacts::new(&role, catalogue.account(role.partition(), role.account())))
                })
                .clone();
            entitlement(to.app, role, reasons, facts, catalogue)
        })
        .collect();
    entitlements.sort_by_cached_key(|entitlement| {
        let account = &entitlement.account;
        (account.name.to_lowercase(), account.id, entitlement.role.name().clone(), entitlement.role.clone())
    });
    entitlements
}

/// The roles that [`assigned`] will look up in its catalogue: load these and no others.
pub fn roles_named(to: AssignedTo<'_>) -> Vec<RoleArn> {
    Grants::of(to).granted.into_iter().map(|(role, _)| role).collect()
}

fn entitlement(
    app: &App,
    role: RoleArn,
    reasons: Vec<Reason>,
    account: Arc<AccountFacts>,
    catalogue: &dyn Catalogue,
) -> Entitlement {
    let subject = Subject::look_up(app, &role, catalogue);
    let usability = Usability::of(&subject);
    let known = subject.role;
    Entitlement {
        provider: app.settings.identity_provider_arn.as_ref().map(|provider| provider.beside(&role)),
        account,
        description: known.map_or_else(String::new, |known| known.description.clone()),
        max_session_duration: known.map(|known| known.max_session_duration),
        reasons,
        usability,
        role,
    }
}

#[cfg(test)]
mod tests;
