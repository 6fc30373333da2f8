//! The system log's shape, and how a reader follows it.

use serde_json::{Value, json};

use crate::server::{As, Server, profile};

#[tokio::test]
async fn an_event_has_every_key_that_clients_read() {
    let server = Server::new().await;
    let created = server.tell("POST", "/api/v1/users", json!({ "profile": profile("a@example.com") })).await;
    let request = created.headers["x-okta-request-id"].to_str().unwrap().to_owned();
    let filter = "/api/v1/logs?filter=eventType%20eq%20%22user.lifecycle.create%22&sortOrder=DESCENDING";
    let event = server.ask("GET", filter).await.is(200)[0].clone();
    assert_eq!(event["transaction"], json!({ "type": "WEB", "id": request, "detail": {} }));
    assert_eq!((&event["version"], &event["severity"]), (&json!("0"), &json!("INFO")));
    assert_eq!(event["outcome"], json!({ "result": "SUCCESS", "reason": null }));
    assert_eq!(event["actor"]["type"], "ApiToken");
    assert_eq!(event["actor"]["detailEntry"], Value::Null);
    assert_eq!(event["target"][0]["alternateId"], "a@example.com");
    assert_eq!(event["authenticationContext"]["authenticationStep"], 0);
    let present = |value: &Value, keys: &[&str]| {
        for key in keys {
            assert!(value.get(key).is_some(), "`{key}` is missing in {value}");
        }
    };
    present(
        &event,
        &["uuid", "published", "displayMessage", "legacyEventType", "securityContext", "debugContext", "request"],
    );
    present(&event["client"], &["userAgent", "zone", "device", "id", "ipAddress", "geographicalContext"]);
    present(&event["securityContext"], &["asNumber", "asOrg", "isp", "domain", "isProxy"]);
    present(&event["request"], &["ipChain"]);
    present(&event["debugContext"], &["debugData"]);
}

#[tokio::test]
async fn a_poll_has_next_on_an_empty_page_and_a_bounded_list_has_none() {
    let server = Server::new().await;
    let first = server.ask("GET", "/api/v1/logs/?limit=1000").await;
    assert!(!first.is(200).as_array().unwrap().is_empty());
    let empty = server.ask("GET", &first.next().unwrap()).await;
    assert_eq!(empty.is(200), json!([]));
    server.clock.advance_seconds(1);
    server.group("Operators").await;
    let news = server.ask("GET", &empty.next().unwrap()).await;
    assert_eq!(news.is(200)[0]["eventType"], "group.lifecycle.create");
    let bounded = server.ask("GET", "/api/v1/logs?since=2026-11-22T00:00:00Z&until=2026-11-23T00:00:00Z").await;
    bounded.is(200);
    assert_eq!((bounded.next(), bounded.links().len()), (None, 1));
}

#[tokio::test]
async fn time_order_and_filter_that_are_none_are_named() {
    let server = Server::new().await;
    for (query, code, named) in [
        ("since=yesterday", "E0000001", "`yesterday`"),
        ("until=2026-13-01T00:00:00Z", "E0000001", "until:"),
        ("sortOrder=RANDOM", "E0000001", "`RANDOM`"),
        ("filter=eventType%20like%20%22x%22", "E0000031", "`like`"),
        ("filter=mood%20eq%20%22x%22", "E0000031", "`mood eq \"x\"` is not supported"),
        ("after=nonsense", "E0000001", "`nonsense`"),
    ] {
        let causes = server.ask("GET", &format!("/api/v1/logs?{query}")).await.is_error(400, code);
        assert!(causes.contains(named), "{query}: {causes}");
    }
    let offset = server.ask("GET", "/api/v1/logs?since=2026-11-22T06:00:00+01:00").await.is(200);
    assert!(!offset.as_array().unwrap().is_empty(), "an offset whose plus is not escaped is read all the same");
}

#[tokio::test]
async fn events_of_types_joined_by_or_and_of_one_actor_or_target_are_found() {
    let server = Server::new().await;
    let id = server.active("ann@example.com").await;
    server.ask("POST", &format!("/api/v1/users/{id}/lifecycle/suspend")).await.is(200);
    let find = async |filter: &str| {
        let encoded = filter.replace(' ', "%20").replace('"', "%22");
        let events = server.ask("GET", &format!("/api/v1/logs?filter={encoded}")).await.is(200);
        events
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["eventType"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let either = "eventType eq \"user.lifecycle.suspend\" or eventType eq \"user.lifecycle.activate\"";
    assert_eq!(find(either).await.len(), 3);
    assert_eq!(find(&format!("target.id eq \"{id}\" and ({either})")).await.len(), 2);
    assert_eq!(find(&format!("actor.id eq \"{id}\"")).await.len(), 0, "a target is no actor");
    assert_eq!(find(&format!("target.id eq \"{id}\" and eventType sw \"user.lifecycle.s\"")).await.len(), 1);
    let q = server.ask("GET", "/api/v1/logs?q=suspend%20ann").await.is(200);
    assert_eq!(q.as_array().unwrap().len(), 1);
    let token = server.send(As::Nobody, "GET", "/api/v1/logs", "").await;
    token.is_error(401, "E0000011");
}
