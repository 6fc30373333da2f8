//! A person's roles as the picker shows them: grouped by account, what cannot be entered apart with its reason.

use domain::{App, Timestamp, time::Seconds};
use entitlement::{AccountFacts, Entitlement, Finding, Usability, duration};
use usecases::entitlements::Access;

use crate::pages::{params::encode, role_search::RoleSearch, sentence::Sentence, wording};

/// One account with the roles that can be entered.
#[derive(Debug, Clone)]
pub struct AccountRow {
    /// Name.
    pub name: String,
    /// Alias, where it says more than the name.
    pub alias: Option<String>,
    /// Twelve digits.
    pub id: String,
    /// The partition, where it is not the public one.
    pub partition: Option<&'static str>,
    /// How old the roles are, where they are older than they should be.
    pub stale: Option<String>,
    /// Its roles by name.
    pub roles: Vec<RoleRow>,
    /// Whether no role fits the search.
    pub hidden: bool,
}

/// One role.
#[derive(Debug, Clone)]
pub struct RoleRow {
    /// ARN.
    pub arn: String,
    /// Name.
    pub name: String,
    /// Path without its slashes at both ends; empty for none.
    pub path: String,
    /// AWS's description.
    pub description: String,
    /// What will be granted.
    pub granted: String,
    /// What the role allows, where that is more.
    pub allowed: Option<String>,
    /// What may go wrong.
    pub warnings: Vec<Warning>,
    /// Path and query of the link that launches it.
    pub link: String,
    /// Whether it does not fit the search.
    pub hidden: bool,
}

/// What may go wrong on entering a role.
#[derive(Debug, Clone)]
pub struct Warning {
    /// What it is.
    pub what: Sentence,
    /// What to do about it.
    pub fix: Sentence,
}

/// One role that cannot be entered.
#[derive(Debug, Clone)]
pub struct RefusedRow {
    /// `[alias] - role` or `account name - role`.
    pub label: String,
    /// ARN.
    pub arn: String,
    /// Why.
    pub why: Sentence,
    /// What to do.
    pub fix: Option<Sentence>,
}

/// All of it.
#[derive(Debug, Clone, Default)]
pub struct RoleList {
    /// By name.
    pub accounts: Vec<AccountRow>,
    /// By label.
    pub refused: Vec<RefusedRow>,
}

impl RoleList {
    /// What a person has, with what does not fit `search` hidden.
    pub fn of(app: &App, access: &Access, search: &RoleSearch, now: Timestamp) -> Self {
        let mut list = Self::default();
        let mut current: Option<&AccountFacts> = None;
        for (index, entitlement) in access.roles.iter().enumerate() {
            if let Usability::Refused { refusal } = &entitlement.usability {
                list.refused.push(RefusedRow {
                    label: entitlement.account.role_label(&entitlement.role),
                    arn: entitlement.role.to_string(),
                    why: Sentence::new(&refusal.explanation),
                    fix: refusal.fix.as_deref().map(Sentence::new),
                });
                continue;
            }
            let account = &*entitlement.account;
            if current.is_none_or(|current| (current.partition, current.id) != (account.partition, account.id)) {
                list.accounts.push(account_row(account, now));
                current = Some(account);
            }
            let twin = has_twin(&access.roles, index);
            if let Some(row) = list.accounts.last_mut() {
                let role = role_row(app, entitlement, twin, search);
                row.hidden &= role.hidden;
                row.roles.push(role);
            }
        }
        list
    }

    /// How many roles can be entered.
    pub fn roles(&self) -> usize {
        self.accounts.iter().map(|account| account.roles.len()).sum()
    }

    /// Whether there are so many that a browser should not lay out what is out of sight.
    pub fn is_long(&self) -> bool {
        self.roles() > 150
    }

    /// `3 roles in 2 accounts`, of those that fit the search.
    pub fn found(&self) -> String {
        let shown = self.accounts.iter().filter(|account| !account.hidden);
        let roles = shown.clone().flat_map(|account| &account.roles).filter(|role| !role.hidden).count();
        match roles {
            0 => "No role matches".to_owned(),
            _ => format!("{} in {}", wording::counted(roles, "role"), wording::counted(shown.count(), "account")),
        }
    }
}

fn account_row(account: &AccountFacts, now: Timestamp) -> AccountRow {
    AccountRow {
        name: account.name.clone(),
        alias: account.alias.clone().filter(|alias| *alias != account.name),
        id: account.id.to_string(),
        partition: (account.partition != domain::Partition::Aws).then(|| account.partition.as_str()),
        stale: stale(account, now),
        roles: Vec::new(),
        hidden: true,
    }
}

fn stale(account: &AccountFacts, now: Timestamp) -> Option<String> {
    let read = account.last_success.map(|time| wording::age(time, now));
    match (account.vanished, account.stale, read) {
        (Some(_), _, Some(read)) => Some(format!("No longer connected. Roles as read {read}.")),
        (_, true, Some(read)) => Some(format!("Could not be read last time. Roles as read {read}.")),
        (_, _, None) => Some("Never read yet. Roles as they were assigned.".to_owned()),
        _ => None,
    }
}

fn role_row(app: &App, entitlement: &Entitlement, twin: bool, search: &RoleSearch) -> RoleRow {
    let (role, account) = (&entitlement.role, &*entitlement.account);
    let granted = duration::for_one_role(app.settings.session_duration, entitlement.max_session_duration);
    let id = account.id.to_string();
    let texts = [
        account.name.as_str(),
        account.alias.as_deref().unwrap_or_default(),
        &id,
        role.path(),
        role.name().as_str(),
        &entitlement.description,
    ];
    RoleRow {
        arn: role.to_string(),
        name: role.name().to_string(),
        path: role.path().trim_matches('/').to_owned(),
        description: entitlement.description.clone(),
        granted: wording::duration(granted),
        allowed: allowed(granted, entitlement.max_session_duration),
        warnings: warnings(&entitlement.usability),
        link: link(app, entitlement, twin),
        hidden: !search.matches(&texts),
    }
}

fn allowed(granted: Seconds, maximum: Option<Seconds>) -> Option<String> {
    maximum.filter(|maximum| *maximum > granted).map(wording::duration)
}

fn warnings(usability: &Usability) -> Vec<Warning> {
    let Usability::Warned { warnings } = usability else { return Vec::new() };
    let warning = |finding: &Finding| Warning {
        what: Sentence::new(&finding.explanation),
        fix: Sentence::new(finding.fix.as_deref().unwrap_or_default()),
    };
    warnings.iter().map(warning).collect()
}

/// Whether the person has another role of the same name in the account, under another path: then a link needs the ARN.
/// Roles are ordered by account and name, so it is a neighbour.
fn has_twin(roles: &[Entitlement], index: usize) -> bool {
    let Some(this) = roles.get(index) else { return false };
    let neighbours = [index.checked_sub(1), index.checked_add(1)].into_iter().flatten().filter_map(|at| roles.get(at));
    neighbours
        .into_iter()
        .any(|other| other.role.account() == this.role.account() && other.role.name() == this.role.name())
}

/// The link that launches a role: account and name, as people write them; the ARN where these fit two.
pub fn link(app: &App, entitlement: &Entitlement, twin: bool) -> String {
    let role = &entitlement.role;
    let base = format!("/app/amazon_aws/{}/launch", app.id);
    if twin {
        format!("{base}?role={}", encode(&role.to_string()))
    } else {
        let name = format!("{}{}", role.path().trim_start_matches('/'), role.name());
        format!("{base}?account={}&role={}", role.account(), encode(&name))
    }
}
