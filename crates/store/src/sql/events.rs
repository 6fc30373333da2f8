//! The system log. Whoever follows it reads by the number that each entry got inside the transaction that committed it:
//! with one writer at a time the numbers come in the order of the commits. A list that has an end is ordered by
//! (published, uuid); the uuid is a version 7, so that events of one millisecond keep theirs.

use async_trait::async_trait;
use domain::Event;
use ports::{EventFilter, EventReader, EventWriter, Page, PageRequest, SortOrder, StoreResult};
use sqlx::QueryBuilder;

use super::{Conditions, Connection, Db, Store, Unit};
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
        if filter.has_an_end() { bounded(self, filter, page).await } else { followed(self, filter, page).await }
    }
}

/// In the order of the commits, so that what is committed after a page was read comes after its last number.
async fn followed(store: &Store, filter: &EventFilter, page: &PageRequest) -> StoreResult<Page<Event>> {
    let limit = cursor::limit(page);
    let mut reader = store.reader().await?;
    // Asked first: everything up to here is either on the page or does not belong on it, when the page is not full.
    let end: i64 = sqlx::query_scalar("SELECT coalesce(max(number), 0) FROM events")
        .fetch_one(&mut *reader)
        .await
        .map_err(failed)?;
    let start = match (&page.after, filter.since) {
        (Some(after), _) => place(&mut reader, after, end).await?,
        (None, Some(since)) => before(&mut reader, since.millis(), "", end).await?,
        (None, None) => 0,
    };
    let mut query = match &filter.concerns {
        None => Conditions::of("SELECT e.number, e.body FROM events e"),
        Some(subject) => of_subject("SELECT e.number, e.body FROM ", subject),
    };
    query.and("e.number > ").push_bind(start);
    narrow(&mut query, filter);
    let mut query = query.ordered(" ORDER BY e.number", limit - 1);
    let rows: Vec<(i64, String)> = query.build_query_as().fetch_all(&mut *reader).await.map_err(failed)?;
    let items = rows.iter().map(|(_, body)| from_json("events.body", body)).collect::<StoreResult<Vec<Event>>>()?;
    let last = rows.last().map_or(start, |(number, _)| *number);
    let is_full = i64::try_from(rows.len()).is_ok_and(|found| found == limit);
    let next = if is_full { last } else { last.max(end) };
    Ok(Page { items, next: Some(cursor::join(next, 0, FOLLOWED)) })
}

/// Marks a cursor of [`followed`].
const FOLLOWED: &str = "number";

/// The number that a cursor names. One of an earlier version names a time and a uuid: it goes on where that stood.
async fn place(reader: &mut Connection, after: &str, end: i64) -> StoreResult<i64> {
    match cursor::split(after)? {
        (number, 0, mark) if mark == FOLLOWED => Ok(number),
        (published, _, uuid) => before(reader, published, &uuid, end).await,
    }
}

/// The number before the first entry that was published later; `end` when there is none.
async fn before(reader: &mut Connection, published: i64, uuid: &str, end: i64) -> StoreResult<i64> {
    let first: Option<i64> = sqlx::query_scalar("SELECT min(number) FROM events WHERE (published, uuid) > ($1, $2)")
        .bind(published)
        .bind(uuid)
        .fetch_one(reader)
        .await
        .map_err(failed)?;
    Ok(first.map_or(end, |number| number - 1))
}

/// By time: a list whose end is given does not grow while it is read.
async fn bounded(store: &Store, filter: &EventFilter, page: &PageRequest) -> StoreResult<Page<Event>> {
    let limit = cursor::limit(page);
    let by_subject = filter.concerns.is_some();
    let mut query = match &filter.concerns {
        None => Conditions::of("SELECT e.body FROM events e"),
        Some(subject) => of_subject("SELECT e.body FROM ", subject),
    };
    if let Some(after) = &page.after {
        let (published, _, uuid) = cursor::split(after)?;
        if uuid == FOLLOWED {
            return Err(cursor::refuse(after));
        }
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
    let mut reader = store.reader().await?;
    let bodies: Vec<String> = query.build_query_scalar().fetch_all(&mut *reader).await.map_err(failed)?;
    let items = bodies.iter().map(|body| from_json("events.body", body)).collect::<StoreResult<Vec<Event>>>()?;
    let next = items.last().map_or_else(|| waiting_place(filter, page), mark);
    Ok(Page { items, next: Some(next) })
}

fn of_subject(select: &'static str, subject: &str) -> Conditions {
    let mut query = Conditions::of(select);
    query.query.push("event_subjects s JOIN events e ON e.published = s.published AND e.uuid = s.uuid");
    query.and("s.subject = ").push_bind(subject.to_owned());
    query
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
