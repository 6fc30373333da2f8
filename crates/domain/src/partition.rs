//! AWS partitions: separate worlds with their own ARNs, endpoints and sign-in hosts; roles never cross them.
//!
//! Source of names and hosts: AWS's published `partitions.json` and the sign-in endpoint rule set.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// One AWS partition, as in the second part of an ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Partition {
    /// `aws`: the commercial regions.
    #[serde(rename = "aws")]
    Aws,
    /// `aws-us-gov`: GovCloud.
    #[serde(rename = "aws-us-gov")]
    AwsUsGov,
    /// `aws-cn`: China.
    #[serde(rename = "aws-cn")]
    AwsCn,
    /// `aws-eusc`: European Sovereign Cloud.
    #[serde(rename = "aws-eusc")]
    AwsEusc,
    /// `aws-iso`.
    #[serde(rename = "aws-iso")]
    AwsIso,
    /// `aws-iso-b`.
    #[serde(rename = "aws-iso-b")]
    AwsIsoB,
    /// `aws-iso-e`.
    #[serde(rename = "aws-iso-e")]
    AwsIsoE,
    /// `aws-iso-f`.
    #[serde(rename = "aws-iso-f")]
    AwsIsoF,
}

/// A text that names no partition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an AWS partition: `aws`, `aws-us-gov` and `aws-cn` are the usual ones")]
pub struct PartitionError(String);

impl Partition {
    /// Every partition, the usual ones first.
    pub const ALL: [Self; 8] = [
        Self::Aws,
        Self::AwsUsGov,
        Self::AwsCn,
        Self::AwsEusc,
        Self::AwsIso,
        Self::AwsIsoB,
        Self::AwsIsoE,
        Self::AwsIsoF,
    ];

    /// The name in an ARN.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::AwsUsGov => "aws-us-gov",
            Self::AwsCn => "aws-cn",
            Self::AwsEusc => "aws-eusc",
            Self::AwsIso => "aws-iso",
            Self::AwsIsoB => "aws-iso-b",
            Self::AwsIsoE => "aws-iso-e",
            Self::AwsIsoF => "aws-iso-f",
        }
    }

    /// The host that serves console sign-in, without region: `signin.aws.amazon.com`.
    pub const fn sign_in_host(self) -> &'static str {
        match self {
            Self::Aws => "signin.aws.amazon.com",
            Self::AwsUsGov => "signin.amazonaws-us-gov.com",
            Self::AwsCn => "signin.amazonaws.cn",
            Self::AwsEusc => "signin.amazonaws-eusc.eu",
            Self::AwsIso => "signin.c2shome.ic.gov",
            Self::AwsIsoB => "signin.sc2shome.sgov.gov",
            Self::AwsIsoE => "signin.csphome.adc-e.uk",
            Self::AwsIsoF => "signin.csphome.hci.ic.gov",
        }
    }

    /// The region whose endpoints a source of this partition uses when nothing else is configured.
    pub const fn default_region(self) -> &'static str {
        match self {
            Self::Aws => "us-east-1",
            Self::AwsUsGov => "us-gov-west-1",
            Self::AwsCn => "cn-north-1",
            Self::AwsEusc => "eusc-de-east-1",
            Self::AwsIso => "us-iso-east-1",
            Self::AwsIsoB => "us-isob-east-1",
            Self::AwsIsoE => "eu-isoe-west-1",
            Self::AwsIsoF => "us-isof-south-1",
        }
    }

    /// Where a browser posts an assertion when the app names no other place (`overrideAcsURL`).
    /// Only the first three are documented by AWS; for the rest the host is known and the path is inferred.
    pub fn default_acs(self) -> String {
        match self {
            Self::Aws | Self::AwsUsGov | Self::AwsCn => format!("https://{}/saml", self.sign_in_host()),
            _ => format!("https://{}.{}/saml", self.default_region(), self.sign_in_host()),
        }
    }

    /// The audience that AWS expects, where it is known (IAM user guide; GovCloud user guide; in use for China).
    pub const fn default_audience(self) -> Option<&'static str> {
        match self {
            Self::Aws => Some("urn:amazon:webservices"),
            Self::AwsUsGov => Some("urn:amazon:webservices:govcloud"),
            Self::AwsCn => Some("urn:amazon:webservices:cn-north-1"),
            _ => None,
        }
    }

    /// Hosts of console pages that a relay state may lead to; a sub-domain of one of them counts too.
    pub const fn console_host(self) -> &'static str {
        match self {
            Self::Aws => "console.aws.amazon.com",
            Self::AwsUsGov => "console.amazonaws-us-gov.com",
            Self::AwsCn => "console.amazonaws.cn",
            Self::AwsEusc => "console.amazonaws-eusc.eu",
            Self::AwsIso => "console.c2shome.ic.gov",
            Self::AwsIsoB => "console.sc2shome.sgov.gov",
            Self::AwsIsoE => "console.csphome.adc-e.uk",
            Self::AwsIsoF => "console.csphome.hci.ic.gov",
        }
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Partition {
    type Err = PartitionError;
    fn from_str(value: &str) -> Result<Self, PartitionError> {
        Self::ALL
            .into_iter()
            .find(|partition| partition.as_str() == value)
            .ok_or_else(|| PartitionError(value.chars().take(64).collect()))
    }
}
