//! What can be asked for in lists of groups.

use api::filter::{Comparison, Expression, Operator};
use domain::Group;

use super::{Condition, compile, text, time, unknown};
use crate::error::ApiError;

const KNOWN: &str = "`id`, `type`, `profile.name`, `profile.description`, `created`, `lastUpdated` and \
    `lastMembershipUpdated`";

/// The condition, and the beginning of the name when every group that meets it has it.
///
/// # Errors
/// E0000031 naming what is not supported.
pub fn condition(text: &str) -> Result<(Option<String>, Condition<Group>), ApiError> {
    let expression = super::parse(text)?;
    let condition = compile(&expression, &leaf)?;
    let prefix = expression.conjuncts().iter().find_map(|part| match part {
        Expression::Compare(comparison)
            if matches!(comparison.attribute.as_str(), "profile.name" | "name")
                && matches!(comparison.operator, Operator::Eq | Operator::Sw) =>
        {
            Some(comparison.value.clone())
        }
        _ => None,
    });
    Ok((prefix, condition))
}

fn leaf(comparison: &Comparison) -> Result<Condition<Group>, ApiError> {
    match comparison.attribute.as_str() {
        "id" => text(comparison, |group: &Group| vec![group.id.to_string()]),
        "type" => text(comparison, |group: &Group| vec![api::group::kind(&group.source).to_owned()]),
        "profile.name" | "name" => text(comparison, |group: &Group| vec![group.name.clone()]),
        "profile.description" => text(comparison, |group: &Group| vec![group.description.clone()]),
        "created" => time(comparison, |group: &Group| Some(group.created)),
        "lastUpdated" => time(comparison, |group: &Group| Some(group.last_updated)),
        "lastMembershipUpdated" => time(comparison, |group: &Group| Some(group.last_membership_updated)),
        _ => Err(unknown(comparison, KNOWN)),
    }
}
