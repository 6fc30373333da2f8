//! One role that a person has, with its account and with whether it can be entered. Made here for both ways of getting
//! roles, by assignment and by group mapping, so that they are judged alike.

use std::{collections::HashMap, sync::Arc};

use domain::{
    AccountId, App, Partition, ProviderArn, RoleArn, Timestamp,
    aws::{AwsAccount, OrganizationState},
    time::Seconds,
};
use serde::Serialize;

use crate::{
    Catalogue, Finding, Reason, Refusal,
    check::{Answer, Check, Subject},
    trust::ProviderRule,
};

/// One role that a user has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entitlement {
    /// The role.
    pub role: RoleArn,
    /// The SAML provider in the role's account that is sent; absent while the app names none.
    pub provider: Option<ProviderArn>,
    /// The account.
    pub account: Arc<AccountFacts>,
    /// AWS's description; empty when there is none or the role was not discovered.
    pub description: String,
    /// `MaxSessionDuration` in seconds; absent when the role was not discovered.
    pub max_session_duration: Option<Seconds>,
    /// Everything that gives it: the direct assignment first, then groups by priority; or mapped groups by name. Never empty.
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

    pub(crate) fn of(subject: &Subject<'_>) -> Self {
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

/// A role that something gives.
pub(crate) struct Granted {
    pub(crate) role: RoleArn,
    /// The provider that is sent with it; absent while the app has none.
    pub(crate) provider: Option<ProviderArn>,
    pub(crate) reasons: Vec<Reason>,
}

/// Looks up and judges what is given; ordered by account name (without case), account id and role name.
pub(crate) fn decide(app: &App, granted: Vec<Granted>, catalogue: &dyn Catalogue) -> Vec<Entitlement> {
    let sends = ProviderRule::of(app);
    let mut accounts: HashMap<(Partition, AccountId), (Arc<AccountFacts>, Arc<str>)> = HashMap::new();
    let mut ordered: Vec<(Arc<str>, Arc<AccountFacts>, Granted)> = granted
        .into_iter()
        .map(|granted| {
            let role = &granted.role;
            let (facts, folded) = accounts.entry((role.partition(), role.account())).or_insert_with(|| {
                let facts = AccountFacts::new(role, catalogue.account(role.partition(), role.account()));
                let folded = facts.name.to_lowercase().into();
                (Arc::new(facts), folded)
            });
            (folded.clone(), facts.clone(), granted)
        })
        .collect();
    ordered.sort_by(|(one_name, _, one), (other_name, _, other)| {
        let order = (one_name, one.role.account(), one.role.name(), &one.role);
        order.cmp(&(other_name, other.role.account(), other.role.name(), &other.role))
    });
    ordered.into_iter().map(|(_, facts, granted)| entitlement(app, &sends, granted, facts, catalogue)).collect()
}

fn entitlement(
    app: &App,
    sends: &ProviderRule,
    granted: Granted,
    account: Arc<AccountFacts>,
    catalogue: &dyn Catalogue,
) -> Entitlement {
    let Granted { role, provider, reasons } = granted;
    let subject = Subject::look_up(app, sends, &role, provider.as_ref(), catalogue);
    let usability = Usability::of(&subject);
    let known = subject.role;
    Entitlement {
        account,
        description: known.map_or_else(String::new, |known| known.description.clone()),
        max_session_duration: known.map(|known| known.max_session_duration),
        provider,
        reasons,
        usability,
        role,
    }
}
