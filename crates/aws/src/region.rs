//! Which region's endpoints a source uses: its own setting, else the SDK's where that belongs to the partition, else
//! the partition's default. The region decides the partition of every endpoint, so a stray one is refused early.

use aws_config::{
    environment::EnvironmentVariableRegionProvider, meta::region::RegionProviderChain,
    profile::ProfileFileRegionProvider,
};
use aws_types::region::Region;
use domain::{
    Partition,
    aws::{DiscoveryStep, SourceAccount},
};
use ports::aws::AwsFailure;

use crate::failure;

/// Chooses the region. Never asks the instance metadata service: off EC2 that costs seconds.
///
/// # Errors
/// When the configured region is not one of the partition.
pub(crate) async fn choose(source: &SourceAccount, profile: Option<&str>) -> Result<Region, AwsFailure> {
    if let Some(region) = &source.region {
        return if is_region_of(region, source.partition) {
            Ok(Region::new(region.clone()))
        } else {
            Err(stray(region, source.partition))
        };
    }
    let mut file = ProfileFileRegionProvider::builder();
    if let Some(profile) = profile {
        file = file.profile_name(profile);
    }
    let ambient = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
        .or_else(file.build())
        .region()
        .await
        .filter(|region| is_region_of(region.as_ref(), source.partition));
    Ok(ambient.unwrap_or_else(|| Region::from_static(source.partition.default_region())))
}

fn stray(region: &str, partition: Partition) -> AwsFailure {
    failure::failure(
        DiscoveryStep::SourceCredentials,
        "WrongPartition",
        &format!("the region `{region}` is not one of the partition `{partition}`"),
        format!(
            "Set the region of this source account to one of its partition, for example `{}`, or leave it empty.",
            partition.default_region()
        ),
    )
}

/// Whether the name can be a region of the partition, by its prefix; a name without a known one is of `aws`.
fn is_region_of(region: &str, partition: Partition) -> bool {
    const PREFIXES: [(&str, Partition); 7] = [
        ("us-gov-", Partition::AwsUsGov),
        ("cn-", Partition::AwsCn),
        ("eusc-", Partition::AwsEusc),
        ("us-iso-", Partition::AwsIso),
        ("us-isob-", Partition::AwsIsoB),
        ("eu-isoe-", Partition::AwsIsoE),
        ("us-isof-", Partition::AwsIsoF),
    ];
    let legal = (1..=32).contains(&region.len())
        && region.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let found = PREFIXES.iter().find(|(prefix, _)| region.starts_with(prefix)).map_or(Partition::Aws, |&(_, of)| of);
    legal && found == partition
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_partition_owns_its_default_region_and_no_other() {
        for owner in Partition::ALL {
            for asked in Partition::ALL {
                assert_eq!(is_region_of(owner.default_region(), asked), owner == asked, "{owner} {asked}");
            }
        }
    }

    #[test]
    fn a_region_that_could_bend_an_endpoint_is_refused() {
        for bad in ["", "evil.example/#", "us-east-1.evil", "US-EAST-1", &"a".repeat(33)] {
            assert!(!is_region_of(bad, Partition::Aws), "{bad}");
        }
    }
}
