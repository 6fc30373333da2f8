//! What AWS would refuse in an integration's settings, refused before it is stored.

use std::collections::BTreeSet;

use domain::aws::{AwsIntegration, ConnectedAccount, ConnectedAccounts, SourceAccount, SourceCredentials};

use crate::error::{Error, Result};

/// Everything.
pub(super) fn all(integration: &AwsIntegration) -> Result<()> {
    role_name("crossAccountRole", &integration.cross_account_role)?;
    session_name("sessionName", &integration.session_name)?;
    if let Some(id) = &integration.external_id {
        external_id("externalId", id)?;
    }
    if !(300..=604_800).contains(&integration.interval_seconds) {
        return Err(Error::invalid(
            "intervalSeconds",
            format!("`{}` is not between 300 (5 minutes) and 604800 (a week)", integration.interval_seconds),
        ));
    }
    let mut partitions = BTreeSet::new();
    for source in &integration.sources {
        if !partitions.insert(source.partition) {
            return Err(Error::invalid(
                "sources.partition",
                format!("`{}` is there twice: one source account reads one partition", source.partition),
            ));
        }
        of_source(source)?;
    }
    Ok(())
}

fn of_source(source: &SourceAccount) -> Result<()> {
    if let SourceCredentials::AccessKey { access_key_id } = &source.credentials {
        let legal =
            (16..=128).contains(&access_key_id.len()) && access_key_id.bytes().all(|b| b.is_ascii_alphanumeric());
        if !legal {
            return Err(Error::invalid(
                "sources.credentials.accessKeyId",
                "an access key id has 16 to 128 letters and digits, as in `AKIAIOSFODNN7EXAMPLE`",
            ));
        }
    }
    if let Some(region) = &source.region
        && (region.is_empty() || region.len() > 32 || !region.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
    {
        return Err(Error::invalid("sources.region", format!("`{region}` is not a region, as in `eu-west-1`")));
    }
    let accounts = match &source.connected {
        ConnectedAccounts::Listed(accounts) => accounts,
        ConnectedAccounts::Organization { overrides, .. } => overrides,
    };
    let mut seen = BTreeSet::new();
    for account in accounts {
        if !seen.insert(account.id) {
            return Err(Error::invalid(
                "sources.connectedAccounts",
                format!("account `{}` is there twice", account.id),
            ));
        }
        of_account(account)?;
    }
    Ok(())
}

fn of_account(account: &ConnectedAccount) -> Result<()> {
    if let Some(name) = &account.role_name {
        role_name("sources.connectedAccounts.roleName", name)?;
    }
    if let Some(id) = &account.external_id {
        external_id("sources.connectedAccounts.externalId", id)?;
    }
    account.session_name.as_deref().map_or(Ok(()), |name| session_name("sources.connectedAccounts.sessionName", name))
}

/// A role's name, or path and name (`team/reader`): IAM, `CreateRole`.
fn role_name(field: &str, value: &str) -> Result<()> {
    let (path, name) = value.rsplit_once('/').unwrap_or(("", value));
    let legal = name.parse::<domain::RoleName>().is_ok() && path.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
    if legal && path.len() <= 510 {
        return Ok(());
    }
    Err(Error::invalid(field, format!("`{value}` is not a role's name (or path and name)")))
}

/// STS, `AssumeRole`: 2 to 1,224 of `[\w+=,.@:\/-]`.
fn external_id(field: &str, value: &str) -> Result<()> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@:/-".contains(&byte);
    if (2..=1224).contains(&value.len()) && value.bytes().all(legal) {
        return Ok(());
    }
    Err(Error::invalid(field, "an external id has 2 to 1224 of letters, digits and `_+=,.@:/-`"))
}

/// STS, `AssumeRole`: 2 to 64 of `[\w+=,.@-]`.
fn session_name(field: &str, value: &str) -> Result<()> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    if (2..=64).contains(&value.len()) && value.bytes().all(legal) {
        return Ok(());
    }
    Err(Error::invalid(field, format!("`{value}` is not a session name: 2 to 64 of letters, digits and `_+=,.@-`")))
}
