//! The system log: the event itself is one JSON document; beside it what lists are cut by.

use std::collections::BTreeSet;

use domain::Event;

use crate::text::fold;

/// The ids that an event is about, each once.
pub(crate) fn subjects(event: &Event) -> BTreeSet<&str> {
    let targets = event.targets.iter().map(|target| target.id.as_str());
    targets.chain([event.actor.id.as_str()]).filter(|id| !id.is_empty()).collect()
}

/// What `q` looks through: message, type, actor and targets, folded.
pub(crate) fn search_text(event: &Event) -> String {
    let actor = [&event.actor.id, &event.actor.alternate_id, &event.actor.display_name];
    let targets =
        event.targets.iter().flat_map(|target| [&target.id, &target.alternate_id, &target.display_name, &target.kind]);
    let parts = [&event.display_message, &event.event_type].into_iter().chain(actor).chain(targets);
    // A line break: no single word reaches from one part into the next.
    fold(&parts.map(String::as_str).collect::<Vec<_>>().join("\n"))
}
