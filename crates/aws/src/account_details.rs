//! How an account is called: its alias, which is part of role labels, and its name, which is a nicety.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_sdk_iam::operation::list_account_aliases::ListAccountAliasesError;
use domain::aws::DiscoveryStep;
use ports::aws::AwsFailure;

use crate::{
    failure,
    last_word::LastWord,
    session::{Reader, SdkSession},
};

/// The longest time that the name may take: nobody waits for a nicety.
const NAME_TIMEOUT: Duration = Duration::from_secs(10);

/// `iam:ListAccountAliases`: an account has one alias at most.
pub(crate) async fn alias(session: &SdkSession, reader: &Reader, last: LastWord) -> Result<Option<String>, AwsFailure> {
    let answer = session
        .iam
        .list_account_aliases()
        .customize()
        .config_override(reader.iam())
        .interceptor(last.listener::<ListAccountAliasesError>())
        .send()
        .await
        .map_err(|error| failure::from_sdk(DiscoveryStep::ListAccountAliases, &error, &session.place_of(reader)))?;
    let alias = answer.account_aliases().first().filter(|alias| !alias.is_empty());
    if let Some(illegal) = alias.filter(|alias| !is_alias(alias)) {
        tracing::warn!(account.id = %reader.account, alias = ?illegal, "ignored an account alias that AWS would not allow");
    }
    Ok(alias.filter(|alias| is_alias(alias)).cloned())
}

/// `account:GetAccountInformation` for the account itself; needs no right in the organization. `None` when AWS
/// refuses, is slow or limits the rate (3 a second for each account).
pub(crate) async fn name(session: &SdkSession, reader: &Reader) -> Option<String> {
    let mut own = aws_sdk_account::config::Config::builder()
        .retry_partition(reader.quota.clone())
        .retry_config(RetryConfig::standard().with_max_attempts(2));
    if let Some(credentials) = &reader.credentials {
        own = own.credentials_provider(credentials.clone());
    }
    let work = session.account.get_account_information().customize().config_override(own).send();
    let limit = NAME_TIMEOUT.min(session.options.account_timeout);
    match tokio::time::timeout(limit, work).await {
        Ok(Ok(answer)) => answer.account_name().map(str::trim).filter(|name| is_name(name)).map(str::to_owned),
        Ok(Err(error)) => {
            let failure = failure::from_sdk(DiscoveryStep::AccountName, &error, &session.place_of(reader));
            tracing::debug!(account.id = %reader.account, error = %failure, "the account's own name is not known");
            None
        }
        Err(_) => None,
    }
}

/// IAM's syntax of an alias: 3 to 63 of `a-z 0-9 -`, no hyphen at the ends, no two in a row.
fn is_alias(alias: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (3..=63).contains(&alias.len())
        && alias.bytes().all(legal)
        && !alias.starts_with('-')
        && !alias.ends_with('-')
        && !alias.contains("--")
}

/// AWS's names have up to 50 printable characters; more is allowed here, so that only nonsense is refused.
fn is_name(name: &str) -> bool {
    (1..=200).contains(&name.chars().count()) && !name.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_iam_allows_is_an_alias() {
        for good in ["abc", "acme-prod-1", &"a".repeat(63)] {
            assert!(is_alias(good), "{good}");
        }
        for bad in ["ab", "-abc", "abc-", "a--b", "BAD alias!!", "a]b", &"a".repeat(64)] {
            assert!(!is_alias(bad), "{bad}");
        }
    }
}
