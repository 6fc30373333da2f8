//! Roles as people write them into assignments, resolved to the ARNs that are stored, and labels for what is stored.

use std::collections::HashMap;

use domain::{
    AccountId, App, Partition, RoleArn, RoleAssignment,
    aws::{AwsAccount, AwsRole},
};
use entitlement::value::{RoleScope, RoleValue, RoleValueError};
use ports::{PageRequest, RoleFilter};

use crate::{
    error::{Error, Result},
    services::Services,
};

/// Roles of other spelling that one search looks at.
const NEAR_MATCHES: u32 = 200;

/// A part of an assignment that a request may leave alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// As it is; nothing in a new assignment.
    #[default]
    Keep,
    /// This from now on.
    Set(T),
}

/// The roles of an assignment as they were written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WrittenRoles {
    /// `role`.
    pub role: Change<Option<String>>,
    /// `samlRoles`.
    pub saml_roles: Change<Vec<String>>,
}

impl WrittenRoles {
    /// These `samlRoles` and no `role`.
    pub fn saml_roles<T: Into<String>>(values: impl IntoIterator<Item = T>) -> Self {
        Self { role: Change::Set(None), saml_roles: Change::Set(values.into_iter().map(Into::into).collect()) }
    }

    /// The assignment's roles from now on.
    ///
    /// # Errors
    /// `Invalid` with one sentence for each value that names no role, with the candidates.
    pub(crate) async fn resolve(
        self,
        services: &Services,
        app: &App,
        former: RoleAssignment,
    ) -> Result<RoleAssignment> {
        let mut resolver = Resolver::new(services, app).await?;
        let role = match self.role {
            Change::Keep => former.role,
            Change::Set(None) => None,
            Change::Set(Some(value)) => resolver.all("profile.role", &[value]).await?.pop(),
        };
        let saml_roles = match self.saml_roles {
            Change::Keep => former.saml_roles,
            Change::Set(values) => resolver.all("profile.samlRoles", &values).await?,
        };
        Ok(RoleAssignment { role, saml_roles })
    }
}

struct Resolver<'a> {
    services: &'a Services,
    app: &'a App,
    accounts: Vec<AwsAccount>,
    /// By role name, as asked for.
    roles: HashMap<String, Vec<AwsRole>>,
}

impl<'a> Resolver<'a> {
    async fn new(services: &'a Services, app: &'a App) -> Result<Self> {
        let accounts = services.store.aws_accounts(&app.id).await?;
        Ok(Self { services, app, accounts, roles: HashMap::new() })
    }

    /// Without duplicates, in the order given.
    async fn all(&mut self, field: &str, values: &[String]) -> Result<Vec<RoleArn>> {
        let mut arns = Vec::with_capacity(values.len());
        let mut seen = std::collections::HashSet::with_capacity(values.len());
        let mut causes = Vec::new();
        for value in values {
            match self.one(value).await? {
                Ok(arn) if seen.insert(arn.clone()) => arns.push(arn),
                Ok(_) => {}
                Err(error) => causes.push(format!("{}; hint: {}", error.message, error.hint)),
            }
        }
        if causes.is_empty() { Ok(arns) } else { Err(Error::Invalid { field: field.to_owned(), causes }) }
    }

    async fn one(&mut self, value: &str) -> Result<std::result::Result<RoleArn, RoleValueError>> {
        let parsed = match RoleValue::parse(value) {
            Ok(parsed) => parsed,
            Err(error) => return Ok(Err(error)),
        };
        let roles: &[AwsRole] = if matches!(parsed, RoleValue::Arn(_) | RoleValue::Pair(..)) {
            &[]
        } else {
            let name = parsed.role_name().as_str();
            if !self.roles.contains_key(name) {
                let found = self.named(name).await?;
                self.roles.insert(name.to_owned(), found);
            }
            self.roles.get(name).map_or(&[], Vec::as_slice)
        };
        let provider = self.app.settings.identity_provider_arn.as_ref();
        Ok(parsed.resolve(&RoleScope { provider, accounts: &self.accounts, roles }))
    }

    /// Roles written the same; where there are none, those that differ in case.
    async fn named(&self, name: &str) -> Result<Vec<AwsRole>> {
        let store = &self.services.store;
        let mut roles = store.aws_roles_by_name(&self.app.id, name).await?;
        roles.retain(|role| role.vanished.is_none());
        if roles.is_empty() {
            let filter = RoleFilter { q: Some(name.to_owned()), ..RoleFilter::default() };
            let page = PageRequest { after: None, limit: NEAR_MATCHES };
            roles = store.aws_roles(&self.app.id, &filter, &page).await?.items;
        }
        Ok(roles)
    }
}

/// Labels of roles as Okta shows them: `[alias] - role`, else `account name - role`; `account id -- role` where the
/// account is unknown or shares its name with another. Every label is taken as a role value again.
#[derive(Debug, Clone, Default)]
pub struct RoleLabels {
    prefixes: HashMap<(Partition, AccountId), String>,
}

impl RoleLabels {
    /// For these accounts.
    pub fn new(accounts: &[AwsAccount]) -> Self {
        let mut names: HashMap<String, u32> = HashMap::new();
        for account in accounts {
            *names.entry(account.name.to_lowercase()).or_default() += 1;
        }
        let prefix = |account: &AwsAccount| match &account.alias {
            Some(alias) => Some(format!("[{alias}] - ")),
            None if names.get(&account.name.to_lowercase()) == Some(&1) => Some(format!("{} - ", account.name)),
            None => None,
        };
        let prefixes =
            accounts.iter().filter_map(|account| Some(((account.partition, account.id), prefix(account)?))).collect();
        Self { prefixes }
    }

    /// For an app's accounts.
    pub(crate) async fn of_app(services: &Services, app: &App) -> Result<Self> {
        Ok(Self::new(&services.store.aws_accounts(&app.id).await?))
    }

    /// The label of one role.
    pub fn label(&self, role: &RoleArn) -> String {
        match self.prefixes.get(&(role.partition(), role.account())) {
            Some(prefix) => format!("{prefix}{}", role.name()),
            None => format!("{} -- {}", role.account(), role.name()),
        }
    }

    /// The labels of an assignment's `samlRoles`, in their order.
    pub(crate) fn of_roles(&self, roles: &RoleAssignment) -> Vec<String> {
        roles.saml_roles.iter().map(|role| self.label(role)).collect()
    }
}

/// The labels of all roles that can be assigned and are not refused, sorted: what a picker offers.
pub(crate) async fn assignable(services: &Services, app: &App) -> Result<Vec<String>> {
    let labels = RoleLabels::of_app(services, app).await?;
    let mut page = PageRequest { after: None, limit: 1_000 };
    let mut found = Vec::new();
    loop {
        let roles = services.store.aws_roles(&app.id, &RoleFilter::default(), &page).await?;
        let offered = |role: &&AwsRole| role.verdict.trust != domain::aws::Trust::Refused;
        found.extend(roles.items.iter().filter(offered).map(|role| labels.label(&role.arn)));
        match roles.next {
            Some(next) => page.after = Some(next),
            None => break,
        }
    }
    found.sort();
    Ok(found)
}

/// What a change of roles was, for the log: at most so many ARNs are written out.
const LOGGED_ROLES: usize = 50;

/// Roles in `new` that `old` does not have, and the other way round, as facts of an event.
pub(crate) fn difference(old: &RoleAssignment, new: &RoleAssignment) -> Vec<(&'static str, String)> {
    let listed = |from: &RoleAssignment, without: &RoleAssignment| {
        let known: std::collections::HashSet<&RoleArn> = without.effective().iter().collect();
        let fresh: Vec<&RoleArn> = from.effective().iter().filter(|role| !known.contains(role)).collect();
        let text = fresh.iter().take(LOGGED_ROLES).map(ToString::to_string).collect::<Vec<_>>().join(" ");
        match fresh.len().saturating_sub(LOGGED_ROLES) {
            0 => text,
            more => format!("{text} … and {more} more"),
        }
    };
    [("rolesAdded", listed(new, old)), ("rolesRemoved", listed(old, new))]
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .collect()
}
