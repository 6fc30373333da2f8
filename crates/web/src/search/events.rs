//! What can be asked for in the system log.

use api::filter::{Comparison, Expression, Operator};
use domain::{Event, event::Target};
use usecases::read_log::EventFilter;

use super::{Condition, alternatives, compile, text, time, time_value, unknown};
use crate::error::ApiError;

const KNOWN: &str = "`uuid`, `eventType`, `displayMessage`, `published`, `severity`, `outcome.result`, \
    `outcome.reason`, `actor.` or `target.` with `id`, `type`, `alternateId`, `displayName`, `client.ipAddress`, \
    `transaction.id`, `authenticationContext.externalSessionId` and `debugContext.debugData.` with a name";

/// The condition; `filter` is narrowed by what of it the store can decide.
///
/// # Errors
/// E0000031 naming what is not supported.
pub fn condition(text: &str, filter: &mut EventFilter) -> Result<Condition<Event>, ApiError> {
    let expression = super::parse(text)?;
    let condition = compile(&expression, &leaf)?;
    for part in expression.conjuncts() {
        narrow(filter, part)?;
    }
    Ok(condition)
}

fn leaf(comparison: &Comparison) -> Result<Condition<Event>, ApiError> {
    let attribute = comparison.attribute.as_str();
    if let Some(name) = attribute.strip_prefix("debugContext.debugData.") {
        let name = name.to_owned();
        return text(comparison, move |event: &Event| event.debug_data.get(&name).cloned().into_iter().collect());
    }
    match attribute {
        "uuid" => text(comparison, |event: &Event| vec![event.uuid.clone()]),
        "eventType" => text(comparison, |event: &Event| vec![event.event_type.clone()]),
        "displayMessage" => text(comparison, |event: &Event| vec![event.display_message.clone()]),
        "published" => time(comparison, |event: &Event| Some(event.published)),
        "severity" => text(comparison, |event: &Event| vec![written(&event.severity)]),
        "outcome.result" => text(comparison, |event: &Event| vec![written(&event.outcome)]),
        "outcome.reason" => text(comparison, |event: &Event| event.reason.clone().into_iter().collect()),
        "actor.id" => text(comparison, |event: &Event| vec![event.actor.id.clone()]),
        "actor.type" => text(comparison, |event: &Event| vec![event.actor.kind.clone()]),
        "actor.alternateId" => text(comparison, |event: &Event| vec![event.actor.alternate_id.clone()]),
        "actor.displayName" => text(comparison, |event: &Event| vec![event.actor.display_name.clone()]),
        "target.id" => text(comparison, |event: &Event| of_targets(event, |target| &target.id)),
        "target.type" => text(comparison, |event: &Event| of_targets(event, |target| &target.kind)),
        "target.alternateId" => text(comparison, |event: &Event| of_targets(event, |target| &target.alternate_id)),
        "target.displayName" => text(comparison, |event: &Event| of_targets(event, |target| &target.display_name)),
        "client.ipAddress" => text(comparison, |event: &Event| event.origin.ip.clone().into_iter().collect()),
        "transaction.id" => text(comparison, |event: &Event| event.origin.request_id.clone().into_iter().collect()),
        "authenticationContext.externalSessionId" => {
            text(comparison, |event: &Event| event.origin.session.clone().into_iter().collect())
        }
        _ => Err(unknown(comparison, KNOWN)),
    }
}

fn of_targets(event: &Event, read: fn(&Target) -> &String) -> Vec<String> {
    event.targets.iter().map(|target| read(target).clone()).collect()
}

/// As the API writes it.
fn written(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Gives the store what it can decide; the condition itself stays as it is.
fn narrow(filter: &mut EventFilter, part: &Expression) -> Result<(), ApiError> {
    if let Some(types) = alternatives(part, &["eventType"]) {
        filter.event_types = types.into_iter().map(str::to_owned).collect();
        return Ok(());
    }
    let Expression::Compare(comparison) = part else { return Ok(()) };
    match (comparison.attribute.as_str(), comparison.operator) {
        ("actor.id" | "target.id", Operator::Eq) => filter.concerns = Some(comparison.value.clone()),
        ("published", Operator::Ge | Operator::Gt) => filter.since = filter.since.max(Some(time_value(comparison)?)),
        ("published", Operator::Lt) => {
            let until = time_value(comparison)?;
            filter.until = Some(filter.until.map_or(until, |other| other.min(until)));
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_types_joined_by_or_are_given_to_the_store() {
        let mut filter = EventFilter::default();
        drop(condition("(eventType eq \"a\" or eventType eq \"b\") and actor.id eq \"00u1\"", &mut filter).unwrap());
        assert_eq!(filter.event_types, ["a", "b"]);
        assert_eq!(filter.concerns.as_deref(), Some("00u1"));
    }

    #[test]
    fn types_beside_something_else_in_an_or_do_not_narrow() {
        let mut filter = EventFilter::default();
        drop(condition("eventType eq \"a\" or actor.id eq \"00u1\"", &mut filter).unwrap());
        assert_eq!(filter, EventFilter::default());
    }
}
