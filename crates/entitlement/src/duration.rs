//! `SessionDuration`: 900 to 43,200 seconds, and never more than the role's `MaxSessionDuration`, because AWS then
//! refuses the sign-in (IAM user guide, "Configure SAML assertions for the authentication response").

use domain::{RoleArn, app::AllRolesDuration, time::Seconds};
use serde::Serialize;

/// AWS's smallest `SessionDuration`.
pub const MIN_SECONDS: Seconds = 900;
/// AWS's largest.
pub const MAX_SECONDS: Seconds = 43_200;
/// The smallest `MaxSessionDuration` that a role can have: right for a role of which nothing is known.
pub const UNKNOWN_ROLE_SECONDS: Seconds = 3_600;

/// Seconds for an assertion with one role: the smaller of the app's setting and the role's maximum.
/// A role that was not discovered counts as one hour, which every role allows.
pub fn for_one_role(app: Seconds, role_maximum: Option<Seconds>) -> Seconds {
    app.min(role_maximum.unwrap_or(UNKNOWN_ROLE_SECONDS)).clamp(MIN_SECONDS, MAX_SECONDS)
}

/// Seconds for an assertion with several roles, and the roles that AWS would refuse with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AllRoles {
    /// What is sent.
    pub seconds: Seconds,
    /// Roles whose known maximum is below it, with that maximum. Always empty with [`AllRolesDuration::Smallest`].
    pub below: Vec<(RoleArn, Seconds)>,
}

/// For all `roles` (ARN and known maximum) at once. Without roles: the app's setting.
pub fn for_all_roles<'a>(
    policy: AllRolesDuration,
    app: Seconds,
    roles: impl IntoIterator<Item = (&'a RoleArn, Option<Seconds>)>,
) -> AllRoles {
    let configured = app.clamp(MIN_SECONDS, MAX_SECONDS);
    match policy {
        AllRolesDuration::Smallest => {
            let seconds = roles.into_iter().map(|(_, maximum)| for_one_role(app, maximum)).min().unwrap_or(configured);
            AllRoles { seconds, below: Vec::new() }
        }
        AllRolesDuration::Configured => {
            let below = roles.into_iter().filter_map(|(role, maximum)| Some((role.clone(), maximum?)));
            AllRoles { seconds: configured, below: below.filter(|(_, maximum)| *maximum < configured).collect() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arn(name: &str) -> RoleArn {
        format!("arn:aws:iam::123456789012:role/{name}").parse().unwrap()
    }

    #[test]
    fn one_role_never_gets_more_than_its_maximum_nor_less_than_awss_minimum() {
        assert_eq!(for_one_role(7_200, Some(3_600)), 3_600);
        assert_eq!(for_one_role(3_600, Some(43_200)), 3_600);
        assert_eq!(for_one_role(28_800, None), 3_600);
        assert_eq!(for_one_role(60, Some(3_600)), 900);
        assert_eq!(for_one_role(90_000, Some(90_000)), 43_200);
    }

    #[test]
    fn all_roles_get_the_smallest_maximum_so_that_aws_refuses_none() {
        let (one, two) = (arn("One"), arn("Two"));
        let roles = [(&one, Some(7_200)), (&two, Some(3_600))];
        let all = for_all_roles(AllRolesDuration::Smallest, 28_800, roles);
        assert_eq!(all, AllRoles { seconds: 3_600, below: Vec::new() });
        assert_eq!(for_all_roles(AllRolesDuration::Smallest, 28_800, []).seconds, 28_800);
    }

    #[test]
    fn the_configured_duration_is_kept_and_the_roles_below_it_are_named() {
        let (one, two, three) = (arn("One"), arn("Two"), arn("Three"));
        let roles = [(&one, Some(7_200)), (&two, Some(3_600)), (&three, None)];
        let all = for_all_roles(AllRolesDuration::Configured, 7_200, roles);
        assert_eq!(all, AllRoles { seconds: 7_200, below: vec![(two, 3_600)] });
    }
}
