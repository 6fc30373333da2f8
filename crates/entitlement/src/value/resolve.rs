//! From an understood value to one ARN, against what discovery found.

use domain::{
    AccountId, Partition, ProviderArn, RoleArn,
    aws::{AwsAccount, AwsRole},
};

use super::{RolePart, RoleValue, RoleValueError, RoleValueProblem, clip};

/// How many candidates an error names.
const MAX_CANDIDATES: usize = 5;

/// What a value is resolved against: one app's discovered world.
#[derive(Debug, Clone, Copy)]
pub struct RoleScope<'a> {
    /// The app's `identityProviderArn`.
    pub provider: Option<&'a ProviderArn>,
    /// Every account.
    pub accounts: &'a [AwsAccount],
    /// The roles with the value's name (any case, any path, any account), or more; vanished ones do not count.
    pub roles: &'a [AwsRole],
}

impl RoleValue {
    /// The role that the value names.
    ///
    /// # Errors
    /// [`RoleValueProblem::Unknown`] or [`RoleValueProblem::Ambiguous`] with the candidates;
    /// [`RoleValueProblem::Malformed`] for a pair with another provider than the app's.
    pub fn resolve(&self, scope: &RoleScope<'_>) -> Result<RoleArn, RoleValueError> {
        match self {
            Self::Arn(arn) => Ok(arn.clone()),
            Self::Pair(provider, arn) => scope.check_provider(provider).map(|()| arn.clone()),
            Self::InAccount(account, part) => scope.in_account(*account, part),
            Self::Labelled(label, part) => scope.labelled(label, part),
            Self::Bare(part) => scope.bare(part),
        }
    }
}

impl<'a> RoleScope<'a> {
    fn check_provider(&self, provider: &ProviderArn) -> Result<(), RoleValueError> {
        match self.provider {
            Some(ours) if ours.name() != provider.name() => Err(RoleValueError {
                code: RoleValueProblem::Malformed,
                message: format!("`{provider}` is not this app's SAML provider, which is named `{}`", ours.name()),
                hint: "write the role ARN alone: the provider is taken from `identityProviderArn`".to_owned(),
                candidates: Vec::new(),
            }),
            _ => Ok(()),
        }
    }

    fn in_account(&self, id: AccountId, part: &RolePart) -> Result<RoleArn, RoleValueError> {
        let accounts: Vec<&AwsAccount> = self.accounts.iter().filter(|account| account.id == id).collect();
        let here = self.named(part, |arn| arn.account() == id);
        only(&here, part).unwrap_or_else(|| match accounts.as_slice() {
            [] => as_written(self.provider.map_or(Partition::Aws, ProviderArn::partition), id, part),
            accounts => missing_in(accounts, part),
        })
    }

    fn labelled(&self, label: &str, part: &RolePart) -> Result<RoleArn, RoleValueError> {
        let accounts = self.accounts_labelled(label);
        if accounts.is_empty() {
            let message = format!("no account has the alias or name `{}`", clip(label));
            return Err(unknown(&message, &self.named(part, |_| true)));
        }
        let ids: Vec<(Partition, AccountId)> = accounts.iter().map(|account| (account.partition, account.id)).collect();
        let here = self.named(part, |arn| ids.contains(&(arn.partition(), arn.account())));
        only(&here, part).unwrap_or_else(|| missing_in(&accounts, part))
    }

    /// `[alias]`, else an account's name or id; exact first, then without case.
    fn accounts_labelled(&self, label: &str) -> Vec<&'a AwsAccount> {
        let alias = label.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).map(str::trim);
        let with = |fits: &dyn Fn(&AwsAccount) -> bool| {
            self.accounts.iter().filter(|account| fits(account)).collect::<Vec<&'a AwsAccount>>()
        };
        let mut found = with(&|account| alias.is_some() && account.alias.as_deref() == alias);
        if found.is_empty() {
            found = with(&|account| account.name == label || account.id.to_string() == label);
        }
        if found.is_empty() {
            let folded = label.to_lowercase();
            found = with(&|account| account.name.to_lowercase() == folded);
        }
        found
    }

    /// The only one of that name; of several, the one in the account of `identityProviderArn`, as in Okta.
    fn bare(&self, part: &RolePart) -> Result<RoleArn, RoleValueError> {
        let anywhere = self.named(part, |_| true);
        let home = self.provider.map(|provider| (provider.partition(), provider.account()));
        let at_home = |arn: &RoleArn| home == Some((arn.partition(), arn.account()));
        if anywhere.len() > 1 {
            let homely: Vec<&AwsRole> = anywhere.iter().copied().filter(|role| at_home(&role.arn)).collect();
            return only(&homely, part).unwrap_or_else(|| Err(ambiguous(part, &anywhere)));
        }
        only(&anywhere, part).unwrap_or_else(|| match home {
            Some((partition, id)) if !self.was_read(partition, id) => as_written(partition, id, part),
            _ => Err(unknown(&format!("no discovered role is named `{}`", part.name), &[])),
        })
    }

    fn was_read(&self, partition: Partition, id: AccountId) -> bool {
        let same = |account: &&AwsAccount| account.partition == partition && account.id == id;
        self.accounts.iter().find(same).is_some_and(|account| account.last_success.is_some())
    }

    /// Roles of that name (and path, if one was written): those that are written the same, else those that differ in case.
    fn named(&self, part: &RolePart, fits: impl Fn(&RoleArn) -> bool) -> Vec<&'a AwsRole> {
        let wanted = part.name.as_str();
        let near: Vec<&AwsRole> = self
            .roles
            .iter()
            .filter(|role| role.vanished.is_none() && role.arn.name().as_str().eq_ignore_ascii_case(wanted))
            .filter(|role| part.path.as_deref().is_none_or(|path| path == role.arn.path()) && fits(&role.arn))
            .collect();
        let exact: Vec<&AwsRole> = near.iter().copied().filter(|role| role.arn.name() == &part.name).collect();
        if exact.is_empty() { near } else { exact }
    }
}

/// `None` when there is none.
fn only(roles: &[&AwsRole], part: &RolePart) -> Option<Result<RoleArn, RoleValueError>> {
    match roles {
        [] => None,
        [role] => Some(Ok(role.arn.clone())),
        several => Some(Err(ambiguous(part, several))),
    }
}

fn as_written(partition: Partition, account: AccountId, part: &RolePart) -> Result<RoleArn, RoleValueError> {
    RoleArn::new(partition, account, part.path.as_deref().unwrap_or("/"), part.name.clone())
        .map_err(|error| super::malformed(error.to_string()))
}

/// The accounts are known, the role is not in them. One that was never read is trusted as written.
fn missing_in(accounts: &[&AwsAccount], part: &RolePart) -> Result<RoleArn, RoleValueError> {
    match accounts {
        [account] if account.last_success.is_none() => as_written(account.partition, account.id, part),
        accounts => {
            let names: Vec<String> =
                accounts.iter().take(3).map(|account| format!("`{}` (`{}`)", account.id, account.name)).collect();
            Err(unknown(&format!("there is no role `{}` in account {}", part.name, names.join(", ")), &[]))
        }
    }
}

fn unknown(message: &str, roles: &[&AwsRole]) -> RoleValueError {
    let candidates = candidates(roles);
    let meant = if candidates.is_empty() { String::new() } else { format!("; did you mean {}?", listed(&candidates)) };
    RoleValueError {
        code: RoleValueProblem::Unknown,
        message: format!("{message}{meant}"),
        hint: "check the spelling; if the role is new, refresh the account; a role ARN is taken as it is written"
            .to_owned(),
        candidates,
    }
}

fn ambiguous(part: &RolePart, roles: &[&AwsRole]) -> RoleValueError {
    let candidates = candidates(roles);
    let more = roles.len().saturating_sub(candidates.len());
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    RoleValueError {
        code: RoleValueProblem::Ambiguous,
        message: format!("`{}` names {} roles: {}{more}", part.name, roles.len(), listed(&candidates)),
        hint: format!("name the account too: `{} -- {}`", example_account(&candidates), part.name),
        candidates,
    }
}

fn example_account(candidates: &[RoleArn]) -> String {
    candidates.first().map_or_else(|| "123456789012".to_owned(), |arn| arn.account().to_string())
}

fn candidates(roles: &[&AwsRole]) -> Vec<RoleArn> {
    let mut arns: Vec<RoleArn> = roles.iter().map(|role| role.arn.clone()).collect();
    arns.sort();
    arns.truncate(MAX_CANDIDATES);
    arns
}

fn listed(arns: &[RoleArn]) -> String {
    arns.iter().map(|arn| format!("`{arn}`")).collect::<Vec<_>>().join(", ")
}
