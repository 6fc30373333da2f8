//! The system log. Ordered by (published, uuid); the uuid is a version 7, so that events of one millisecond keep theirs.

use async_trait::async_trait;
use domain::Event;
use ports::{EventFilter, EventReader, EventWriter, Page, PageRequest, SortOrder, StoreResult};
use sqlx::QueryBuilder;

use super::{Conditions, Db, Store, Unit};
use crate::{
    cursor,
    error::{conflict, failed},
    rows::{from_json, search_text, subjects, to_json},
    text::part_pattern,
};

macro_rules! insert_subject {
    () => {
        "INSERT INTO event_subjects (subject, published, uuid)"
    };
}

/// One event.
pub(crate) const INSERT_EVENT: &str =
    "INSERT INTO events (published, uuid, event_type, search, body) VALUES ($1, $2, $3, $4, $5)";
/// One id that an event is about.
pub(crate) const INSERT_SUBJECT: &str = concat!(insert_subject!(), " VALUES ($1, $2, $3)");

#[async_trait]
impl EventReader for Store {
    async fn events(&self, filter: &EventFilter, page: &PageRequest) -> StoreResult<Page<Event>> {
        let limit = cursor::limit(page);
        let mut query = match &filter.concerns {
            None => Conditions::of("SELECT e.body FROM events e"),
            Some(subject) => {
                let mut query = Conditions::of(
                    "SELECT e.body FROM event_subjects s JOIN events e ON e.published = s.published AND e.uuid = s.uuid",
                );
                query.and("s.subject = ").push_bind(subject.as_str());
                query
            }
        };
        let by_subject = filter.concerns.is_some();
        if let Some(after) = &page.after {
            let (published, _, uuid) = cursor::split(after)?;
            let compare = match (by_subject, filter.order) {
                (false, SortOrder::Ascending) => "(e.published, e.uuid) > (",
                (false, SortOrder::Descending) => "(e.published, e.uuid) < (",
                (true, SortOrder::Ascending) => "(s.published, s.uuid) > (",
                (true, SortOrder::Descending) => "(s.published, s.uuid) < (",
            };
            query.and(compare).push_bind(published).push(", ").push_bind(uuid).push(")");
        }
        narrow(&mut query, filter);
        let order = match (by_subject, filter.order) {
            (false, SortOrder::Ascending) => " ORDER BY e.published, e.uuid",
            (false, SortOrder::Descending) => " ORDER BY e.published DESC, e.uuid DESC",
            (true, SortOrder::Ascending) => " ORDER BY s.published, s.uuid",
            (true, SortOrder::Descending) => " ORDER BY s.published DESC, s.uuid DESC",
        };
        let mut query = query.ordered(order, limit - 1);
        let mut reader = self.reader().await?;
        let bodies: Vec<String> = query.build_query_scalar().fetch_all(&mut *reader).await.map_err(failed)?;
        let items = bodies.iter().map(|body| from_json("events.body", body)).collect::<StoreResult<Vec<Event>>>()?;
        let next = items.last().map_or_else(|| waiting_place(filter, page), mark);
        Ok(Page { items, next: Some(next) })
    }
}

fn narrow(query: &mut Conditions, filter: &EventFilter) {
    if let Some(since) = filter.since {
        query.and("e.published >= ").push_bind(since.millis());
    }
    if let Some(until) = filter.until {
        query.and("e.published < ").push_bind(until.millis());
    }
    if !filter.event_types.is_empty() {
        let mut list = query.and("e.event_type IN (").separated(", ");
        for event_type in &filter.event_types {
            list.push_bind(event_type.as_str());
        }
        list.push_unseparated(")");
    }
    // Ten words are more than anybody types; each costs a look at every text.
    for word in filter.q.iter().flat_map(|q| q.split_whitespace()).take(10) {
        query.and("e.search LIKE ").push_bind(part_pattern(word)).push(r" ESCAPE '\'");
    }
}

fn mark(event: &Event) -> String {
    cursor::join(event.published.millis(), 0, &event.uuid)
}

/// Where to go on when there was nothing: where the caller stood, else at the list's beginning.
fn waiting_place(filter: &EventFilter, page: &PageRequest) -> String {
    page.after.clone().unwrap_or_else(|| match filter.order {
        SortOrder::Ascending => cursor::join(filter.since.map_or(0, |since| since.millis() - 1), 0, ""),
        SortOrder::Descending => cursor::join(0, 0, ""),
    })
}

#[async_trait]
impl EventWriter for Unit {
    async fn append_event(&mut self, event: &Event) -> StoreResult<()> {
        let taken = || conflict("event", &[("uuid", "uuid")]);
        sqlx::query(INSERT_EVENT)
            .bind(event.published.millis())
            .bind(event.uuid.as_str())
            .bind(event.event_type.as_str())
            .bind(search_text(event))
            .bind(to_json(event)?)
            .execute(self.connection())
            .await
            .map_err(taken())?;
        let subjects = subjects(event);
        if subjects.is_empty() {
            return Ok(());
        }
        let mut insert = QueryBuilder::<Db>::new(concat!(insert_subject!(), " "));
        insert.push_values(subjects, |mut row, subject| {
            row.push_bind(subject).push_bind(event.published.millis()).push_bind(event.uuid.as_str());
        });
        insert.build().execute(self.connection()).await.map_err(taken())?;
        Ok(())
    }
}
