//! Pages: one `Link` line for each relation, `self` first and `next` last, and a way through to the end.

use std::collections::BTreeSet;

use crate::server::{ORIGIN, Server};

#[tokio::test]
async fn a_walk_over_all_pages_meets_everybody_once() {
    let server = Server::new().await;
    let mut wanted = BTreeSet::from([server.root.id.to_string()]);
    for number in 0..6 {
        wanted.insert(server.active(&format!("u{number}@example.com")).await);
    }
    let mut met = BTreeSet::new();
    let mut target = Some("/api/v1/users?limit=3".to_owned());
    let mut pages = 0;
    while let Some(page) = target {
        let answer = server.ask("GET", &page).await;
        for user in answer.is(200).as_array().unwrap() {
            assert!(met.insert(user["id"].as_str().unwrap().to_owned()), "met twice");
        }
        pages += 1;
        target = answer.next();
    }
    assert_eq!((met, pages), (wanted, 3));
}

#[tokio::test]
async fn self_comes_first_and_next_last_each_in_its_own_line() {
    let server = Server::new().await;
    server.active("a@example.com").await;
    let answer = server.ask("GET", "/api/v1/users/?limit=1&q=").await;
    let links = answer.links();
    assert_eq!(links.len(), 2);
    assert_eq!(links[0], format!("<{ORIGIN}/api/v1/users?limit=1&q=>; rel=\"self\""));
    assert!(links[1].starts_with(&format!("<{ORIGIN}/api/v1/users?after=")), "{}", links[1]);
    assert!(links[1].ends_with("&limit=1&q=>; rel=\"next\""), "{}", links[1]);
}

#[tokio::test]
async fn members_and_groups_are_paged_too() {
    let server = Server::new().await;
    let group = server.group("A").await;
    server.group("B").await;
    for number in 0..3 {
        let user = server.active(&format!("u{number}@example.com")).await;
        server.ask("PUT", &format!("/api/v1/groups/{group}/users/{user}")).await.is_empty();
    }
    let first = server.ask("GET", &format!("/api/v1/groups/{group}/users?limit=2")).await;
    assert_eq!(first.is(200).as_array().unwrap().len(), 2);
    let second = server.ask("GET", &first.next().unwrap()).await;
    assert_eq!((second.is(200).as_array().unwrap().len(), second.next()), (1, None));
    let groups = server.ask("GET", "/api/v1/groups?limit=1").await;
    assert_eq!(server.ask("GET", &groups.next().unwrap()).await.is(200).as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_limit_is_cut_or_refused() {
    let server = Server::new().await;
    for limit in ["200", "201", "99999999999999999999999"] {
        server.ask("GET", &format!("/api/v1/users?limit={limit}")).await.is(200);
    }
    for limit in ["0", "-1", "1.5", "many"] {
        let causes = server.ask("GET", &format!("/api/v1/users?limit={limit}")).await.is_error(400, "E0000001");
        assert!(causes.contains(&format!("`{limit}`")), "{causes}");
    }
    for path in ["users", "groups", "logs"] {
        let causes = server.ask("GET", &format!("/api/v1/{path}?after=made%20up'")).await.is_error(400, "E0000001");
        assert!(causes.starts_with("after: `made up'`"), "{path}: {causes}");
    }
}
