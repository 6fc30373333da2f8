//! How a link names the role that it launches.

use domain::{AccountId, RoleArn};
use entitlement::Entitlement;

use crate::{
    entitlements::Access,
    error::{Error, Result},
    finding::Finding,
};

/// A role as a link names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoleChoice {
    /// By its ARN.
    Arn(RoleArn),
    /// By account and name, with or without its path.
    InAccount {
        /// The account.
        account: AccountId,
        /// `name`, or `path/name` without the leading slash.
        name: String,
    },
}

impl RoleChoice {
    /// Reads `account=` and `role=` of a link: a role ARN (with an account that agrees, or none), or an account id and a
    /// role's name.
    ///
    /// # Errors
    /// `Invalid`, naming the value.
    pub fn parse(account: Option<&str>, role: &str) -> Result<Self> {
        let account = account.filter(|text| !text.is_empty());
        let account: Option<AccountId> = account
            .map(|text| text.parse().map_err(|error: domain::ArnError| Error::invalid("account", error.to_string())))
            .transpose()?;
        if role.starts_with("arn:") {
            let arn: RoleArn =
                role.parse().map_err(|error: domain::ArnError| Error::invalid("role", error.to_string()))?;
            return match account {
                Some(account) if account != arn.account() => {
                    let why = format!("`{arn}` is not in account `{account}`: leave `account` out or correct it");
                    Err(Error::invalid("account", why))
                }
                _ => Ok(Self::Arn(arn)),
            };
        }
        let name = role.trim_start_matches('/');
        let legal = !name.is_empty() && name.len() <= 576 && name.bytes().all(|byte| byte.is_ascii_graphic());
        match account {
            Some(account) if legal => Ok(Self::InAccount { account, name: name.to_owned() }),
            Some(_) => {
                let shown: String = role.chars().take(100).collect();
                Err(Error::invalid("role", format!("`{shown}` is no role: write its name or its ARN")))
            }
            None => Err(Error::invalid("account", "write the account id, or the role's whole ARN as `role`")),
        }
    }

    /// The one role that is meant, among those that the person has.
    pub(super) fn find<'a>(
        &self,
        access: &'a Access,
        app_label: &str,
    ) -> std::result::Result<&'a Entitlement, Finding> {
        let matches = |entitlement: &&Entitlement| match self {
            Self::Arn(arn) => entitlement.role == *arn,
            Self::InAccount { account, name } => {
                entitlement.role.account() == *account && is_named(&entitlement.role, name)
            }
        };
        let mut found = access.roles.iter().filter(matches);
        match (found.next(), found.next()) {
            (Some(one), None) => Ok(one),
            (Some(one), Some(other)) => Err(Finding::error(
                "role_ambiguous",
                format!("{self} may be `{}` or `{}`", one.role, other.role),
                "use the role's ARN in the link",
            )),
            (None, _) => Err(Finding::error(
                "role_not_assigned",
                format!("{self} is not among the roles that you have in `{app_label}`"),
                "pick another role, or ask your administrator for this one",
            )),
        }
    }
}

fn is_named(role: &RoleArn, name: &str) -> bool {
    match name.rsplit_once('/') {
        None => role.name().as_str() == name,
        Some((path, last)) => role.name().as_str() == last && role.path().trim_matches('/') == path,
    }
}

impl std::fmt::Display for RoleChoice {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Arn(arn) => write!(formatter, "`{arn}`"),
            Self::InAccount { account, name } => write!(formatter, "the role `{name}` of account `{account}`"),
        }
    }
}
