//! AWS account ids, role names, and the two ARNs that a SAML sign-in is about: a role and a SAML provider.
//!
//! Syntax from the IAM API model: role name 1–64 of `[\w+=,.@-]`, path 1–512 of `/` … `/` in printable ASCII,
//! provider name 1–128 of `[\w._-]`. All ASCII here: AWS's own messages list `[a-zA-Z_0-9…]`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::partition::Partition;

/// Why a text is not what it should name. The message says what was read and what is expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArnError {
    /// Not twelve digits.
    #[error("`{0}` is not an AWS account id: it has exactly 12 digits")]
    Account(String),
    /// Not a role name.
    #[error("`{0}` is not a role name: 1 to 64 of letters, digits and `_+=,.@-`")]
    RoleName(String),
    /// Not a role ARN.
    #[error("`{0}` is not a role ARN: write `arn:aws:iam::123456789012:role/path/name`")]
    Role(String),
    /// Not a SAML provider ARN.
    #[error("`{0}` is not a SAML provider ARN: write `arn:aws:iam::123456789012:saml-provider/name`")]
    Provider(String),
}

fn clip(value: &str) -> String {
    value.chars().take(200).collect()
}

/// An AWS account id: exactly 12 digits, leading zeros kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountId(u64);

impl AccountId {
    /// The id as a number below 10^12.
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl FromStr for AccountId {
    type Err = ArnError;
    fn from_str(value: &str) -> Result<Self, ArnError> {
        if value.len() == 12 && value.bytes().all(|byte| byte.is_ascii_digit()) {
            value.parse().map(Self).map_err(|_| ArnError::Account(clip(value)))
        } else {
            Err(ArnError::Account(clip(value)))
        }
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:012}", self.0)
    }
}

/// An IAM role's name, without its path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RoleName(String);

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte)
}

impl RoleName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RoleName {
    type Err = ArnError;
    fn from_str(value: &str) -> Result<Self, ArnError> {
        if (1..=64).contains(&value.len()) && value.bytes().all(is_name_byte) {
            Ok(Self(value.to_owned()))
        } else {
            Err(ArnError::RoleName(clip(value)))
        }
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// `arn:{partition}:iam::{account}:role{path}{name}`. Compared and stored as a whole; case matters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RoleArn {
    partition: Partition,
    account: AccountId,
    path: String,
    name: RoleName,
}

/// Splits `arn:{partition}:iam::{account}:{rest}`.
fn split(value: &str) -> Option<(Partition, AccountId, &str)> {
    let mut parts = value.splitn(6, ':');
    if parts.next()? != "arn" {
        return None;
    }
    let partition = parts.next()?.parse().ok()?;
    if parts.next()? != "iam" || !parts.next()?.is_empty() {
        return None;
    }
    let account = parts.next()?.parse().ok()?;
    Some((partition, account, parts.next()?))
}

fn is_path(path: &str) -> bool {
    path == "/"
        || (path.len() <= 512
            && path.len() > 2
            && path.starts_with('/')
            && path.ends_with('/')
            && path.bytes().all(|byte| (0x21..=0x7e).contains(&byte)))
}

impl RoleArn {
    /// Puts the parts together.
    ///
    /// # Errors
    /// When `path` is not `/` or `/…/` of printable ASCII, at most 512 characters.
    pub fn new(partition: Partition, account: AccountId, path: &str, name: RoleName) -> Result<Self, ArnError> {
        if is_path(path) {
            Ok(Self { partition, account, path: path.to_owned(), name })
        } else {
            Err(ArnError::Role(clip(path)))
        }
    }

    /// The partition of the role's account.
    pub const fn partition(&self) -> Partition {
        self.partition
    }

    /// The account that holds the role.
    pub const fn account(&self) -> AccountId {
        self.account
    }

    /// `/`, or a path that begins and ends with `/`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The name after the path.
    pub const fn name(&self) -> &RoleName {
        &self.name
    }

    /// A role of IAM Identity Center: AWS refuses `AssumeRoleWithSAML` for it whatever its trust policy says.
    pub fn is_reserved_sso(&self) -> bool {
        self.name.0.starts_with("AWSReservedSSO_") || self.path.starts_with("/aws-reserved/")
    }

    /// A role that belongs to an AWS service; nobody can enter it.
    pub fn is_service_linked(&self) -> bool {
        self.path.starts_with("/aws-service-role/")
    }
}

impl FromStr for RoleArn {
    type Err = ArnError;
    fn from_str(value: &str) -> Result<Self, ArnError> {
        let parse = || {
            let (partition, account, rest) = split(value)?;
            let resource = rest.strip_prefix("role")?;
            let cut = resource.rfind('/')?;
            let (path, name) = resource.split_at(cut + 1);
            Self::new(partition, account, path, name.parse().ok()?).ok()
        };
        parse().ok_or_else(|| ArnError::Role(clip(value)))
    }
}

impl fmt::Display for RoleArn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "arn:{}:iam::{}:role{}{}", self.partition, self.account, self.path, self.name)
    }
}

/// `arn:{partition}:iam::{account}:saml-provider/{name}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProviderArn {
    partition: Partition,
    account: AccountId,
    name: String,
}

impl ProviderArn {
    /// Puts the parts together.
    ///
    /// # Errors
    /// When `name` is not 1–128 of letters, digits and `._-`.
    pub fn new(partition: Partition, account: AccountId, name: &str) -> Result<Self, ArnError> {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if (1..=128).contains(&name.len()) && name.bytes().all(legal) {
            Ok(Self { partition, account, name: name.to_owned() })
        } else {
            Err(ArnError::Provider(clip(name)))
        }
    }

    /// The partition of the provider's account.
    pub const fn partition(&self) -> Partition {
        self.partition
    }

    /// The account that holds the provider.
    pub const fn account(&self) -> AccountId {
        self.account
    }

    /// The name, which is the same in every account of one app.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The provider of the same name in the account of `role`: AWS wants both in one account.
    #[must_use]
    pub fn beside(&self, role: &RoleArn) -> Self {
        Self { partition: role.partition, account: role.account, name: self.name.clone() }
    }
}

impl FromStr for ProviderArn {
    type Err = ArnError;
    fn from_str(value: &str) -> Result<Self, ArnError> {
        let parse = || {
            let (partition, account, rest) = split(value)?;
            Self::new(partition, account, rest.strip_prefix("saml-provider/")?).ok()
        };
        parse().ok_or_else(|| ArnError::Provider(clip(value)))
    }
}

impl fmt::Display for ProviderArn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "arn:{}:iam::{}:saml-provider/{}", self.partition, self.account, self.name)
    }
}

macro_rules! through_text {
    ($($name:ident),*) => { $(
        impl TryFrom<String> for $name {
            type Error = ArnError;
            fn try_from(value: String) -> Result<Self, ArnError> {
                value.parse()
            }
        }
        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.to_string()
            }
        }
    )* };
}
through_text!(AccountId, RoleName, RoleArn, ProviderArn);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_arn_keeps_its_path_and_prints_as_it_was_read() {
        let text = "arn:aws-us-gov:iam::000000000012:role/team/a b".replace(' ', "+") + "/Name+=,.@-_x";
        let arn: RoleArn = text.parse().unwrap();
        assert_eq!(arn.path(), "/team/a+b/");
        assert_eq!(arn.name().as_str(), "Name+=,.@-_x");
        assert_eq!(arn.account().to_string(), "000000000012");
        assert_eq!(arn.to_string(), text);
    }

    #[test]
    fn what_is_not_a_role_arn_is_refused() {
        for bad in [
            "",
            "arn:aws:iam::123456789012:user/x",
            "arn:aws:iam::12345678901:role/x",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam:us-east-1:123456789012:role/x",
            "arn:aws:sts::123456789012:role/x",
            "arn:nowhere:iam::123456789012:role/x",
            "arn:aws:iam::123456789012:role//x",
            "arn:aws:iam::١٢٣٤٥٦٧٨٩٠١٢:role/x",
            "arn:aws:iam::123456789012:role/a b",
            "arn:aws:iam::123456789012:rolex/y",
        ] {
            assert!(bad.parse::<RoleArn>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_provider_beside_a_role_is_in_the_account_of_the_role() {
        let provider: ProviderArn = "arn:aws:iam::111111111111:saml-provider/Rolegate".parse().unwrap();
        let role: RoleArn = "arn:aws-cn:iam::222222222222:role/x".parse().unwrap();
        assert_eq!(provider.beside(&role).to_string(), "arn:aws-cn:iam::222222222222:saml-provider/Rolegate");
    }

    #[test]
    fn reserved_and_service_linked_roles_are_known_by_name_and_path() {
        let reserved: RoleArn =
            "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1".parse().unwrap();
        let linked: RoleArn = "arn:aws:iam::111111111111:role/aws-service-role/x.amazonaws.com/Y".parse().unwrap();
        assert!(reserved.is_reserved_sso() && linked.is_service_linked());
    }
}
