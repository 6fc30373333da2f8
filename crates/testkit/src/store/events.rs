//! The system log.

use domain::{Event, event::Actor};
use ports::{EventFilter, PageRequest, SortOrder, StoreError, StoreResult};

use super::{Subject, begin, page, refused};
use crate::sample;

fn newest_first() -> EventFilter {
    EventFilter { order: SortOrder::Descending, ..EventFilter::default() }
}

fn uuids(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.uuid.as_str()).collect()
}

/// Without an end as they were committed, with one by time, then uuid; both ways; an empty page leads on as well.
pub async fn events_come_in_order_and_next_waits_for_newer_ones(store: Subject) -> StoreResult<()> {
    let all = EventFilter::default();
    let beginning = store.events(&all, &page(10)).await?;
    assert!(beginning.items.is_empty());
    let wait = |next: Option<String>| PageRequest { after: Some(next.expect("always given")), limit: 2 };

    let events: Vec<_> = [3, 1, 2].into_iter().map(|number| sample::event(number, "user.session.start")).collect();
    let mut twin = sample::event(9, "user.session.end");
    twin.published = events[0].published;
    store.append_events(events.clone()).await?;
    store.append_events(vec![twin.clone()]).await?;
    store.append_events(Vec::new()).await?;
    let committed = [&events[0], &events[1], &events[2], &twin].map(Clone::clone);
    let ordered = [&events[1], &events[2], &events[0], &twin].map(Clone::clone);

    let first = store.events(&all, &wait(beginning.next)).await?;
    assert_eq!(first.items, committed[..2]);
    let second = store.events(&all, &wait(first.next)).await?;
    assert_eq!(second.items, committed[2..]);
    let third = store.events(&all, &wait(second.next.clone())).await?;
    assert!(third.items.is_empty());
    let late = sample::event(20, "user.session.end");
    store.append_events(vec![late.clone()]).await?;
    let fourth = store.events(&all, &wait(third.next.clone())).await?;
    assert_eq!(fourth.items, std::slice::from_ref(&late));
    // Published before everything that was read already.
    let held_up = sample::event(0, "user.session.end");
    store.append_events(vec![held_up.clone()]).await?;
    assert_eq!(store.events(&all, &wait(fourth.next)).await?.items, std::slice::from_ref(&held_up));

    let bounded = EventFilter { until: Some(late.published), ..EventFilter::default() };
    let first = store.events(&bounded, &page(4)).await?;
    assert_eq!(uuids(&first.items), uuids(&[std::slice::from_ref(&held_up), &ordered[..3]].concat()));
    assert_eq!(store.events(&bounded, &wait(first.next)).await?.items, ordered[3..]);
    refused!(store.events(&bounded, &wait(third.next)).await, StoreError::BadCursor { .. });

    let back = store.events(&newest_first(), &page(3)).await?;
    assert_eq!(uuids(&back.items), [&late.uuid, &twin.uuid, &events[0].uuid]);
    let rest = store.events(&newest_first(), &PageRequest { limit: 3, ..wait(back.next) }).await?;
    assert_eq!(uuids(&rest.items), [&events[2].uuid, &events[1].uuid, &held_up.uuid]);
    let invented = PageRequest { after: Some("tomorrow".to_owned()), limit: 1 };
    refused!(store.events(&all, &invented).await, StoreError::BadCursor { .. });
    Ok(())
}

/// Many write, each with times of its own that are often older than what was committed before; whoever follows the log
/// all the while, from its beginning or by `since`, sees every entry once.
pub async fn who_follows_the_log_misses_nothing(store: Subject) -> StoreResult<()> {
    const WRITERS: u32 = 8;
    const EACH: u32 = 25;
    let since = Some(sample::event(100, "x").published);
    let filters = [EventFilter::default(), EventFilter { since, ..EventFilter::default() }];
    let readers = filters.map(|filter| tokio::spawn(follow(store.clone(), filter, (WRITERS * EACH) as usize)));
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                for step in 0..EACH {
                    let mut event = sample::event(writer * 1_000 + step, "user.session.start");
                    // Backwards, and the same for all writers.
                    event.published = sample::event(200 - step, "x").published;
                    if step % 2 == 0 {
                        store.append_events(vec![event]).await?;
                    } else {
                        let mut unit = begin(&store).await;
                        unit.append_event(&event).await?;
                        unit.commit().await?;
                    }
                }
                StoreResult::Ok(())
            })
        })
        .collect();
    for writer in writers {
        writer.await.expect("a writer ends")?;
    }
    for reader in readers {
        let mut seen = reader.await.expect("a reader ends")?;
        let read = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!((seen.len(), read), ((WRITERS * EACH) as usize, seen.len()), "each once");
    }
    Ok(())
}

/// Reads page after page, waiting where there is nothing, until so many entries came.
async fn follow(store: Subject, filter: EventFilter, number: usize) -> StoreResult<Vec<String>> {
    let mut request = PageRequest { after: None, limit: 7 };
    let mut seen = Vec::new();
    for _ in 0..1_000_000 {
        let found = store.events(&filter, &request).await?;
        request.after = found.next;
        seen.extend(found.items.into_iter().map(|event| event.uuid));
        if seen.len() >= number {
            break;
        }
        tokio::task::yield_now().await;
    }
    seen.extend(store.events(&filter, &request).await?.items.into_iter().map(|event| event.uuid));
    Ok(seen)
}

/// Time, type, whom it concerns, words.
pub async fn events_are_filtered(store: Subject) -> StoreResult<()> {
    let (ann, bob) = (sample::user("ann@example.com"), sample::user("bob@example.com"));
    let mut by_ann = sample::event(1, "user.session.start");
    by_ann.actor = Actor::user(&ann);
    let mut to_ann = sample::event(2, "user.lifecycle.create");
    to_ann.actor = Actor::user(&bob);
    to_ann.targets = vec![sample::user_target(&ann), sample::user_target(&bob)];
    to_ann.display_message = "Created the user 100%_ Änne".into();
    to_ann.debug_data.insert("secretless".to_owned(), "fact".to_owned());
    let other = sample::event(3, "user.session.start");
    store.append_events(vec![by_ann.clone(), to_ann.clone(), other.clone()]).await?;
    let find =
        async |filter: EventFilter| -> StoreResult<Vec<Event>> { Ok(store.events(&filter, &page(10)).await?.items) };
    let concerns = |id: &str| EventFilter { concerns: Some(id.to_owned()), ..EventFilter::default() };
    let q = |text: &str| EventFilter { q: Some(text.to_owned()), ..EventFilter::default() };
    assert_eq!(find(concerns(ann.id.as_str())).await?, [by_ann.clone(), to_ann.clone()]);
    assert_eq!(find(concerns(bob.id.as_str())).await?, [to_ann.clone()], "actor and target, once");
    let back = EventFilter { order: SortOrder::Descending, ..concerns(ann.id.as_str()) };
    assert_eq!(find(back.clone()).await?, [to_ann.clone(), by_ann.clone()]);
    let newest = store.events(&back, &page(1)).await?;
    let older = store.events(&back, &PageRequest { after: newest.next, limit: 1 }).await?;
    assert_eq!(older.items, [by_ann.clone()]);

    let starts = EventFilter { event_types: vec!["user.session.start".to_owned()], ..EventFilter::default() };
    assert_eq!(find(starts).await?, [by_ann.clone(), other.clone()]);
    let (since, until) = (Some(to_ann.published), Some(other.published));
    assert_eq!(find(EventFilter { since, until, ..EventFilter::default() }).await?, [to_ann.clone()]);
    assert_eq!(find(q("änne CREATE")).await?, [to_ann.clone()], "every word, in any place");
    assert_eq!(find(q("100%_")).await?, [to_ann.clone()]);
    assert_eq!(find(q("ann@EXAMPLE.com")).await?, [by_ann, to_ann]);
    assert_eq!(find(q("lifecycle start")).await?, []);
    Ok(())
}

/// In groups, each answered once its own are there.
pub async fn events_of_many_callers_are_all_kept(store: Subject) -> StoreResult<()> {
    let callers: Vec<_> = (0..200_u32)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                let event = sample::event(number, "user.authentication.sso");
                store.append_events(vec![event.clone()]).await?;
                let (since, until) = (Some(event.published), Some(event.published.plus_seconds(1)));
                let found = store.events(&EventFilter { since, until, ..EventFilter::default() }, &page(1)).await?;
                StoreResult::Ok(found.items == [event])
            })
        })
        .collect();
    for caller in callers {
        assert!(caller.await.expect("a caller ends")?, "acknowledged and not there");
    }
    assert_eq!(store.events(&EventFilter::default(), &page(1_000)).await?.items.len(), 200);
    Ok(())
}

/// The others of its group are kept.
pub async fn a_refused_event_fails_its_own_caller_alone(store: Subject) -> StoreResult<()> {
    store.append_events(vec![sample::event(0, "user.session.start")]).await?;
    let callers: Vec<_> = (0..20_u32)
        .map(|number| {
            let store = store.clone();
            // The first one was there already; it brings another that must not stay either.
            let events = vec![sample::event(number + 100, "user.session.end"), sample::event(number, "x.y.z")];
            tokio::spawn(async move {
                let mut events = events;
                if number == 0 {
                    events[1] = sample::event(0, "user.session.start");
                }
                store.append_events(events).await
            })
        })
        .collect();
    let mut refused = 0;
    for caller in callers {
        match caller.await.expect("a caller ends") {
            Ok(()) => {}
            Err(StoreError::Conflict { entity: "event", .. }) => refused += 1,
            Err(other) => return Err(other),
        }
    }
    assert_eq!(refused, 1);
    assert_eq!(store.events(&EventFilter::default(), &page(1_000)).await?.items.len(), 1 + 19 * 2);
    Ok(())
}

/// Effect and entry stand or fall together.
pub async fn an_event_falls_with_its_unit_of_work(store: Subject) -> StoreResult<()> {
    let ann = sample::user("ann@example.com");
    let mut unit = begin(&store).await;
    unit.insert_user(&ann, None).await?;
    unit.append_event(&sample::event(1, "user.lifecycle.create")).await?;
    drop(unit);
    assert!(store.events(&EventFilter::default(), &page(10)).await?.items.is_empty());
    let mut unit = begin(&store).await;
    unit.insert_user(&ann, None).await?;
    unit.append_event(&sample::event(2, "user.lifecycle.create")).await?;
    unit.commit().await?;
    assert_eq!(store.events(&EventFilter::default(), &page(10)).await?.items.len(), 1);
    assert!(store.user(&ann.id).await?.is_some());
    Ok(())
}
