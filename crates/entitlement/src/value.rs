//! Role values as people and scripts write them into `role` and `samlRoles`, resolved to the ARN that is stored.
//!
//! | written | meaning |
//! |---|---|
//! | `arn:aws:iam::123456789012:role/team/Admin` | that role, whether or not it was discovered |
//! | `arn:…:saml-provider/Okta,arn:…:role/Admin` | the same, in either order; the provider has to be ours |
//! | `123456789012 -- Admin` | Okta's stored form |
//! | `[alias] - Admin`, `Account name - Admin` | Okta's labels |
//! | `Admin`, `team/Admin` | the only role of that name, else the one in the account of `identityProviderArn` |
//!
//! An account that was never read is trusted as written, as everywhere. A name that differs in case alone is the same
//! role: IAM keeps role names unique without case.

mod resolve;

use domain::{AccountId, ArnError, ProviderArn, RoleArn, RoleName};
use serde::Serialize;

pub use resolve::RoleScope;

/// No value of any form is longer: two ARNs with paths.
const MAX_CHARACTERS: usize = 2_048;

/// What kind of mistake it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleValueProblem {
    /// No such role or account was discovered.
    Unknown,
    /// Several roles fit.
    Ambiguous,
    /// None of the forms, or contradictory in itself.
    Malformed,
}

impl RoleValueProblem {
    /// `unknown`, `ambiguous`, `malformed`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Ambiguous => "ambiguous",
            Self::Malformed => "malformed",
        }
    }
}

/// Why a value names no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[error("{message}")]
#[serde(rename_all = "camelCase")]
pub struct RoleValueError {
    /// The kind of mistake.
    pub code: RoleValueProblem,
    /// One sentence with the value in backticks.
    pub message: String,
    /// What to write instead.
    pub hint: String,
    /// Roles that may have been meant, at most five.
    pub candidates: Vec<RoleArn>,
}

/// A role value whose form is understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoleValue {
    /// A role ARN.
    Arn(RoleArn),
    /// A pair; both are in one account.
    Pair(ProviderArn, RoleArn),
    /// `accountId -- role`.
    InAccount(AccountId, RolePart),
    /// `[alias] - role` or `account name - role`: what stands left of the dash, and the role.
    Labelled(String, RolePart),
    /// A role's name alone.
    Bare(RolePart),
}

/// A role's name, with its path if one was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolePart {
    /// `/team/`; absent when no path was written: any path fits.
    pub path: Option<String>,
    /// The name.
    pub name: RoleName,
}

impl RoleValue {
    /// Understands the form; looks nothing up.
    ///
    /// # Errors
    /// [`RoleValueProblem::Malformed`].
    pub fn parse(value: &str) -> Result<Self, RoleValueError> {
        let value = value.trim();
        if value.is_empty() || value.chars().count() > MAX_CHARACTERS {
            return Err(malformed("a role value has 1 to 2,048 characters".to_owned()));
        }
        if value.starts_with("arn:") {
            return arn_or_pair(value);
        }
        let in_account = value.split_once("--").and_then(|(left, right)| Some((left.trim().parse().ok()?, right)));
        if let Some((account, role)) = in_account {
            return Ok(Self::InAccount(account, role_part(role)?));
        }
        match value.rsplit_once(" - ") {
            Some((label, role)) => Ok(Self::Labelled(label.trim().to_owned(), role_part(role)?)),
            None => Ok(Self::Bare(role_part(value)?)),
        }
    }

    /// The role's name: what to look up before [`RoleValue::resolve`].
    pub fn role_name(&self) -> &RoleName {
        match self {
            Self::Arn(arn) | Self::Pair(_, arn) => arn.name(),
            Self::InAccount(_, part) | Self::Labelled(_, part) | Self::Bare(part) => &part.name,
        }
    }
}

/// A comma is legal in a role's name, so only a comma before another ARN separates a pair.
fn arn_or_pair(value: &str) -> Result<RoleValue, RoleValueError> {
    let pair = value.match_indices(',').find_map(|(index, _)| {
        let (left, right) = (value.get(..index)?.trim(), value.get(index + 1..)?.trim());
        right.starts_with("arn:").then_some((left, right))
    });
    let Some((left, right)) = pair else {
        return value.parse().map(RoleValue::Arn).map_err(|error: ArnError| malformed(error.to_string()));
    };
    let either = |provider: &str, role: &str| Some((provider.parse::<ProviderArn>().ok()?, role.parse().ok()?));
    let (provider, role): (ProviderArn, RoleArn) = either(left, right)
        .or_else(|| either(right, left))
        .ok_or_else(|| malformed(format!("`{}` is not a pair of a SAML provider ARN and a role ARN", clip(value))))?;
    if (provider.account(), provider.partition()) != (role.account(), role.partition()) {
        return Err(malformed(format!(
            "`{provider}` and `{role}` are in different accounts; AWS wants provider and role in one"
        )));
    }
    Ok(RoleValue::Pair(provider, role))
}

/// `Admin`, `team/Admin` or `/team/Admin`.
fn role_part(text: &str) -> Result<RolePart, RoleValueError> {
    let text = text.trim();
    let (path, name) = text.rsplit_once('/').map_or((None, text), |(path, name)| (Some(path), name));
    let name = name.parse().map_err(|error: ArnError| malformed(error.to_string()))?;
    let path = path.map(|path| match path.trim_matches('/') {
        "" => "/".to_owned(),
        inner => format!("/{inner}/"),
    });
    Ok(RolePart { path, name })
}

fn malformed(message: String) -> RoleValueError {
    RoleValueError {
        code: RoleValueProblem::Malformed,
        message,
        hint: "write a role ARN, `123456789012 -- Role`, `[alias] - Role`, `Account name - Role` or a role name"
            .to_owned(),
        candidates: Vec::new(),
    }
}

fn clip(text: &str) -> String {
    text.chars().take(300).collect()
}

#[cfg(test)]
mod tests;
