//! Where a person lands after signing in to AWS. It comes from a link, so it may lead to the console and nowhere else.
//!
//! Allowed are the console of the role's partition with its sub-domains, and, where the app posts to something that is
//! not AWS's sign-in page (an emulator, a proxy), that place's own origin. AWS's own sign-in host is not allowed: its
//! pages forward to any address.

use domain::Partition;

use crate::web_address::{WebAddress, WebAddressError};

/// Longer ones are cut by proxies and browsers on the way.
const MAX_LENGTH: usize = 2_048;

/// Why a relay state is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RelayStateError {
    /// Too long.
    #[error("the relay state has {0} characters; at most {MAX_LENGTH} are sent")]
    Length(usize),
    /// No address at all, or a dangerous one.
    #[error("the relay state `{shown}` is refused: {reason}")]
    Address {
        /// What was asked for, cut short.
        shown: String,
        /// What is wrong with it.
        reason: WebAddressError,
    },
    /// Leads to a place that is not the console.
    #[error("the relay state leads to `{host}`, which is not the AWS console of partition `{partition}` (`{console}`)")]
    Elsewhere {
        /// Where it leads.
        host: String,
        /// The role's partition.
        partition: Partition,
        /// That partition's console.
        console: &'static str,
    },
}

/// A checked `RelayState`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayState(String);

impl RelayState {
    /// Checks where `text` leads, for roles of `partition` and an assertion that is posted to `acs_url`.
    ///
    /// # Errors
    /// When it is no plain `https` address (`http` for this machine), or leads elsewhere.
    pub fn parse(text: &str, partition: Partition, acs_url: &str) -> Result<Self, RelayStateError> {
        if text.len() > MAX_LENGTH {
            return Err(RelayStateError::Length(text.chars().count()));
        }
        let address = WebAddress::parse(text)
            .map_err(|reason| RelayStateError::Address { shown: text.chars().take(100).collect(), reason })?;
        let console = partition.console_host();
        if address.is_within(console) || is_own_origin(&address, acs_url) {
            Ok(Self(text.to_owned()))
        } else {
            Err(RelayStateError::Elsewhere { host: address.host().to_owned(), partition, console })
        }
    }

    /// As it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_own_origin(address: &WebAddress, acs_url: &str) -> bool {
    WebAddress::parse(acs_url).is_ok_and(|acs| {
        let is_aws = Partition::ALL.iter().any(|partition| acs.is_within(partition.sign_in_host()));
        !is_aws && address.has_origin_of(&acs)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const AWS: &str = "https://signin.aws.amazon.com/saml";
    const EMULATOR: &str = "http://127.0.0.1:4566/saml";

    fn parse(text: &str, acs_url: &str) -> Result<RelayState, RelayStateError> {
        RelayState::parse(text, Partition::Aws, acs_url)
    }

    #[test]
    fn the_console_and_its_regions_are_allowed() {
        for text in [
            "https://console.aws.amazon.com/ec2/home",
            "https://eu-central-1.console.aws.amazon.com/s3/buckets?region=eu-central-1&tab=a#b",
        ] {
            assert_eq!(parse(text, AWS).unwrap().as_str(), text);
        }
    }

    #[test]
    fn other_places_are_refused_and_named() {
        for text in [
            "https://evil.example/",
            "https://console.aws.amazon.com.evil.example/",
            "https://xconsole.aws.amazon.com/",
            "https://console.amazonaws-us-gov.com/",
            "https://signin.aws.amazon.com/oauth?Action=logout&redirect_uri=https://evil.example",
        ] {
            assert!(matches!(parse(text, AWS), Err(RelayStateError::Elsewhere { .. })), "{text}");
        }
        assert!(parse("https://evil.example/x", AWS).unwrap_err().to_string().contains("`evil.example`"));
        assert!(matches!(parse("javascript:alert(1)", AWS), Err(RelayStateError::Address { .. })));
    }

    #[test]
    fn the_origin_of_an_emulator_is_allowed_and_other_ports_are_not() {
        assert!(parse("http://127.0.0.1:4566/console", EMULATOR).is_ok());
        assert!(parse("http://127.0.0.1:4567/console", EMULATOR).is_err());
        assert!(parse("http://127.0.0.1:4566/console", AWS).is_err());
    }

    #[test]
    fn the_length_is_bounded() {
        let text = format!("https://console.aws.amazon.com/{}", "a".repeat(2_048));
        assert_eq!(parse(&text, AWS), Err(RelayStateError::Length(text.len())));
        assert!(parse(text.get(..2_048).unwrap(), AWS).is_ok());
    }
}
