//! The system log, read back.

use rolegate_usecases::{
    Error, PageRequest,
    read_log::{self, EventFilter, SortOrder},
    sift::all,
};

use crate::world::{World, page};

#[tokio::test]
async fn a_reader_can_wait_for_what_comes() {
    let world = World::new().await;
    let root = world.as_root();
    let filter = EventFilter::default();
    let first = read_log::list(&world.services, &root, &filter, &page(1000), &all).await.unwrap();
    assert!(!first.items.is_empty());
    let wait = PageRequest { after: first.next, limit: 1000 };
    let nothing = read_log::list(&world.services, &root, &filter, &wait, &all).await.unwrap();
    assert!(nothing.items.is_empty());
    world.clock.advance_seconds(1);
    world.active("ann@example.com").await;
    let wait = PageRequest { after: nothing.next, limit: 1000 };
    let news = read_log::list(&world.services, &root, &filter, &wait, &all).await.unwrap();
    let types: Vec<&str> = news.items.iter().map(|event| event.event_type.as_str()).collect();
    assert_eq!(types, ["user.lifecycle.create", "user.lifecycle.activate"]);
}

#[tokio::test]
async fn a_list_with_an_end_ends() {
    let world = World::new().await;
    let until = Some(world.services.now().plus_seconds(1));
    for filter in [
        EventFilter { until, ..EventFilter::default() },
        EventFilter { order: SortOrder::Descending, ..EventFilter::default() },
    ] {
        let short = read_log::list(&world.services, &world.as_root(), &filter, &page(1000), &all).await.unwrap();
        assert_eq!(short.next, None);
        let full = read_log::list(&world.services, &world.as_root(), &filter, &page(1), &all).await.unwrap();
        assert!(full.next.is_some());
    }
}

#[tokio::test]
async fn who_is_no_administrator_reads_no_log_and_a_made_up_cursor_is_refused() {
    let world = World::new().await;
    let ann =
        rolegate_usecases::Caller::person(&world.active("ann@example.com").await, domain::event::Origin::default());
    let filter = EventFilter::default();
    let refused = read_log::list(&world.services, &ann, &filter, &page(10), &all).await;
    assert!(matches!(refused, Err(Error::Forbidden)));
    let made_up = PageRequest { after: Some("made-up".to_owned()), limit: 10 };
    let refused = read_log::list(&world.services, &world.as_root(), &filter, &made_up, &all).await.unwrap_err();
    assert!(matches!(&refused, Error::Invalid { field, .. } if field == "after"), "{refused}");
}
