//! Which groups there should be: one for each role that lets our provider in, as discovery last read it.

use std::collections::{HashMap, HashSet};

use domain::{
    AccountId, App, AppId, RoleArn, RoleName,
    aws::{AwsAccount, AwsRole, OrganizationState, Trust},
};
use ports::RoleFilter;

use super::name::{Template, plain};
use crate::{
    error::Result,
    services::Services,
    sift::{Reading, every},
};

/// One group that should be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedGroup {
    /// By the template.
    pub name: String,
    /// By the description's template.
    pub description: String,
    /// The role that its members get.
    pub role: RoleArn,
    /// The account's name, for people.
    pub account_name: String,
    /// The account's alias.
    pub account_alias: Option<String>,
}

/// How names and descriptions are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Naming {
    /// Of the name.
    pub name: Template,
    /// Of the description.
    pub description: Template,
}

impl Naming {
    /// The group of one role.
    fn group(&self, account: &AwsAccount, role: &RoleArn) -> WantedGroup {
        WantedGroup {
            name: self.name.render(account, role.name()),
            description: self.description.render(account, role.name()),
            role: role.clone(),
            account_name: plain(&account.name),
            account_alias: account.alias.clone(),
        }
    }
}

/// The groups that one app wants, and what is known of roles that it wants no group for.
#[derive(Debug, Default)]
pub(super) struct KnownRoles {
    /// By name.
    pub(super) wanted: Vec<WantedGroup>,
    /// Names of the wanted ones by their roles.
    named: HashMap<RoleKey, String>,
    /// Names, in lower case, that other apps want: their groups are no orphans.
    elsewhere: HashSet<String>,
    accounts: HashSet<AccountId>,
    /// Roles that nobody enters, and why.
    closed: HashMap<RoleKey, String>,
}

/// Role names of one account differ in more than case (IAM user guide, "IAM and STS quotas").
type RoleKey = (AccountId, String);

fn key(account: AccountId, role: &RoleName) -> RoleKey {
    (account, role.as_str().to_ascii_lowercase())
}

impl KnownRoles {
    fn with(self, mut wanted: Vec<WantedGroup>) -> Self {
        wanted.sort_by(|one, other| (&one.name, &one.role).cmp(&(&other.name, &other.role)));
        let role = |group: &WantedGroup| key(group.role.account(), group.role.name());
        Self { named: wanted.iter().map(|group| (role(group), group.name.clone())).collect(), wanted, ..self }
    }

    /// Why a group of this name, which reads as this role's, stands for no role: code and sentence. `None` when another app
    /// wants it.
    pub(super) fn why_orphaned(
        &self,
        name: &str,
        account: AccountId,
        role: &RoleName,
    ) -> Option<(&'static str, String)> {
        if self.elsewhere.contains(&name.to_lowercase()) {
            return None;
        }
        let key = key(account, role);
        Some(if let Some(now) = self.named.get(&key) {
            let what =
                format!("the role's group is named `{now}` by now; while this one stays, it may give the role too");
            ("renamed", what)
        } else if let Some(why) = self.closed.get(&key) {
            ("role_refused", why.clone())
        } else if self.accounts.contains(&account) {
            ("role_gone", format!("account {account} has no role `{role}` any more"))
        } else {
            ("account_unknown", format!("account {account} is not among the connected ones"))
        })
    }
}

/// What discovery last read, as groups.
pub(super) async fn roles(services: &Services, app: &AppId, naming: &Naming) -> Result<KnownRoles> {
    let (mut known, mut wanted) = (KnownRoles::default(), Vec::new());
    let accounts = accounts(services, app).await?;
    for role in aws_roles(services, app).await? {
        let Some(account) = accounts.get(&role.arn.account()) else { continue };
        match closed(account, &role) {
            None => wanted.push(naming.group(account, &role.arn)),
            Some(why) => {
                known.closed.insert(key(account.id, role.arn.name()), why);
            }
        }
    }
    known.accounts =
        accounts.into_values().filter(|account| account.vanished.is_none()).map(|account| account.id).collect();
    Ok(known.with(wanted))
}

/// The same with what other apps want: needed before anything is called an orphan, as several apps may share one OU.
pub(super) async fn roles_among_apps(services: &Services, app: &AppId, naming: &Naming) -> Result<KnownRoles> {
    let mut known = roles(services, app, naming).await?;
    let apps = |page| -> Reading<'_, App> { Box::pin(async move { services.store.apps(None, &page).await }) };
    for other in every(apps).await?.into_iter().filter(|other| other.id != *app) {
        let groups = roles(services, &other.id, naming).await?.wanted;
        known.elsewhere.extend(groups.into_iter().map(|group| group.name.to_lowercase()));
    }
    Ok(known)
}

async fn accounts(services: &Services, app: &AppId) -> Result<HashMap<AccountId, AwsAccount>> {
    Ok(services.store.aws_accounts(app).await?.into_iter().map(|account| (account.id, account)).collect())
}

async fn aws_roles(services: &Services, app: &AppId) -> Result<Vec<AwsRole>> {
    let filter = RoleFilter::default();
    let read = |page| -> Reading<'_, AwsRole> {
        let filter = &filter;
        Box::pin(async move { services.store.aws_roles(app, filter, &page).await })
    };
    every(read).await
}

/// Why nobody enters a role. A condition in the trust policy is AWS's to judge: such a role has a group.
fn closed(account: &AwsAccount, role: &AwsRole) -> Option<String> {
    let shut = [OrganizationState::Suspended, OrganizationState::PendingClosure, OrganizationState::Closed];
    if role.verdict.trust == Trust::Refused {
        Some(format!("the trust policy of `{}` does not let our provider in", role.arn))
    } else if role.arn.is_reserved_sso() || role.arn.is_service_linked() {
        Some(format!("`{}` belongs to AWS, and nobody enters it this way", role.arn))
    } else if account.vanished.is_some() || role.vanished.is_some() {
        Some(format!("`{}` was not found when AWS was last read", role.arn))
    } else if account.organization_state.is_some_and(|state| shut.contains(&state)) {
        Some(format!("account {} is suspended or closed", account.id))
    } else {
        None
    }
}

#[cfg(test)]
impl KnownRoles {
    /// These groups, in accounts that are all known.
    pub(super) fn of(wanted: Vec<WantedGroup>) -> Self {
        let accounts = wanted.iter().map(|group| group.role.account()).collect();
        Self { accounts, ..Self::default() }.with(wanted)
    }

    /// The same beside an app that wants a group of this name.
    pub(super) fn beside(mut self, name: &str) -> Self {
        self.elsewhere.insert(name.to_lowercase());
        self
    }
}
