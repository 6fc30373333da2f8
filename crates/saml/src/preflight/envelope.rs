//! Rules about where it goes and how long it is: ACS URL, audience, issuer, size, relay state.

use domain::Partition;

use super::{Finding, shown};
use crate::{
    relay_state::{RelayState, RelayStateError},
    response::AwsResponse,
    web_address::WebAddress,
};

/// `SAMLAssertionType` of the STS model: what `AssumeRoleWithSAML` takes, in characters of base64.
pub const MAX_ENCODED_LENGTH: usize = 100_000;
/// From here on a person is told that a few more roles will be too many.
pub const WARN_ENCODED_LENGTH: usize = 80_000;

pub(super) fn check(response: &AwsResponse, relay_state: Option<&str>, encoded_len: usize) -> Vec<Finding> {
    let mut findings = Vec::new();
    let partition = response.roles.first().map(|sent| sent.role.partition());
    findings.extend(issuer(&response.issuer));
    findings.extend(acs_url(&response.acs_url, partition));
    findings.extend(audience(&response.audience, partition));
    findings.extend(size(encoded_len, response.roles.len()));
    if let Some(text) = relay_state.filter(|text| !text.is_empty()) {
        let partition = partition.unwrap_or(Partition::Aws);
        findings.extend(RelayState::parse(text, partition, &response.acs_url).err().map(|error| refused(&error)));
    }
    findings
}

fn issuer(issuer: &str) -> Option<Finding> {
    // SAML core §8.3.6: an entity identifier has at most 1,024 characters.
    (!(1..=1_024).contains(&issuer.chars().count())).then(|| {
        Finding::error(
            "issuer",
            format!("the issuer {} is empty or longer than 1,024 characters", shown(issuer)),
            "set `public_url`: the issuer is made from it",
        )
        .answered("Failed to assume role: Issuer not present in specified provider")
    })
}

fn acs_url(acs_url: &str, partition: Option<Partition>) -> Option<Finding> {
    let address = match WebAddress::parse(acs_url) {
        Ok(address) => address,
        Err(reason) => {
            return Some(Finding::error(
                "acs_url",
                format!("the assertion would be posted to {}: {reason}", shown(acs_url)),
                "correct `overrideAcsURL`, or remove it to use AWS's own address",
            ));
        }
    };
    let owner = Partition::ALL.into_iter().find(|owner| address.is_within(owner.sign_in_host()))?;
    let partition = partition.filter(|partition| *partition != owner)?;
    Some(Finding::error(
        "acs_of_other_partition",
        format!(
            "roles of partition `{partition}` would be posted to {}, the sign-in page of `{owner}`",
            shown(acs_url)
        ),
        format!("use `{}` for these roles: correct or remove `overrideAcsURL`", partition.default_acs()),
    ))
}

fn audience(audience: &str, partition: Option<Partition>) -> Option<Finding> {
    const REFUSED: &str = "Response does not contain the required audience.";
    if audience.trim().is_empty() {
        let what = "the audience is empty";
        return Some(
            Finding::error("audience", what, "set `audience`, or remove it to use AWS's own").answered(REFUSED),
        );
    }
    let owner = Partition::ALL.into_iter().find(|owner| owner.default_audience() == Some(audience))?;
    let partition = partition.filter(|partition| *partition != owner)?;
    let fix = "correct `audience`, or remove it to use the partition's own";
    Some(
        Finding::error(
            "audience_of_other_partition",
            format!(
                "roles of partition `{partition}` would be sent with {}, the audience of `{owner}`",
                shown(audience)
            ),
            fix,
        )
        .answered(REFUSED),
    )
}

fn size(encoded_len: usize, roles: usize) -> Option<Finding> {
    let what = format!("the response with {roles} roles has {encoded_len} characters; AWS takes {MAX_ENCODED_LENGTH}");
    if encoded_len > MAX_ENCODED_LENGTH {
        let fix = "pick one role in the portal, which sends that role alone, or assign fewer roles";
        return Some(
            Finding::error("too_large", what, fix).answered("Response did not contain a valid SAML assertion"),
        );
    }
    (encoded_len >= WARN_ENCODED_LENGTH).then(|| {
        let fix = "pick single roles in the portal instead: a few more roles and AWS refuses the list of all";
        Finding::warning("nearly_too_large", what, fix)
    })
}

fn refused(error: &RelayStateError) -> Finding {
    Finding::error(
        "relay_state",
        error.to_string(),
        "use an address of the AWS console that belongs to the role's partition, or leave it out",
    )
}
