//! A group's shape, and who is in it.

use serde_json::json;

use crate::server::{ORIGIN, Server};

#[tokio::test]
async fn a_group_has_oktas_shape() {
    let server = Server::new().await;
    let body = json!({ "profile": { "name": "Operators", "description": "Keep it running", "more": 1 } });
    let group = server.tell("POST", "/api/v1/groups/", body).await.is(200);
    let id = group["id"].as_str().unwrap();
    assert!(id.starts_with("00g") && id.len() == 20);
    assert_eq!((&group["type"], &group["objectClass"]), (&json!("OKTA_GROUP"), &json!(["okta:user_group"])));
    assert_eq!(group["profile"], json!({ "name": "Operators", "description": "Keep it running" }));
    for time in ["created", "lastUpdated", "lastMembershipUpdated"] {
        assert_eq!(group[time], "2026-11-22T05:10:00.000Z");
    }
    assert!(group["_links"]["logo"].is_array());
    assert_eq!(group["_links"]["users"], json!({ "href": format!("{ORIGIN}/api/v1/groups/{id}/users") }));
    assert_eq!(server.ask("GET", &format!("/api/v1/groups/{id}")).await.is(200), group);
}

#[tokio::test]
async fn a_group_is_replaced_and_removed() {
    let server = Server::new().await;
    let id = server.group("Operators").await;
    let own = format!("/api/v1/groups/{id}");
    let replaced = server.tell("PUT", &own, json!({ "profile": { "name": "Operations" } })).await.is(200);
    assert_eq!(replaced["profile"], json!({ "name": "Operations", "description": "" }));
    server.group("Other").await;
    let taken = server.tell("PUT", &own, json!({ "profile": { "name": "Other" } })).await;
    assert!(taken.is_error(400, "E0000001").starts_with("name: An object with this field already exists"));
    server.ask("DELETE", &own).await.is_empty();
    server.ask("DELETE", &own).await.is_error(404, "E0000007");
    server.ask("GET", "/api/v1/groups/none").await.is_error(404, "E0000007");
}

#[tokio::test]
async fn membership_is_idempotent_and_answers_nothing() {
    let server = Server::new().await;
    let group = server.group("Operators").await;
    let user = server.active("ann@example.com").await;
    let membership = format!("/api/v1/groups/{group}/users/{user}");
    let members = format!("/api/v1/groups/{group}/users?limit=200");
    for _ in 0..2 {
        server.ask("PUT", &membership).await.is_empty();
    }
    assert_eq!(server.ask("GET", &members).await.is(200)[0]["id"], user);
    for _ in 0..2 {
        server.ask("DELETE", &membership).await.is_empty();
    }
    assert_eq!(server.ask("GET", &members).await.is(200), json!([]));
    let nobody = format!("/api/v1/groups/{group}/users/00uAAAAAAAAAAAAAAAAA");
    server.ask("PUT", &nobody).await.is_error(404, "E0000007");
    server.ask("GET", "/api/v1/groups/00gAAAAAAAAAAAAAAAAA/users").await.is_error(404, "E0000007");
}

#[tokio::test]
async fn groups_nest_and_people_of_the_inner_one_are_in_the_outer_one() {
    let server = Server::new().await;
    let (all, some, few) = (server.group("All").await, server.group("Some").await, server.group("Few").await);
    let user = server.active("ann@example.com").await;
    server.ask("PUT", &format!("/api/v1/groups/{few}/users/{user}")).await.is_empty();
    for _ in 0..2 {
        server.ask("PUT", &format!("/api/v1/groups/{all}/groups/{some}")).await.is_empty();
        server.ask("PUT", &format!("/api/v1/groups/{some}/groups/{few}")).await.is_empty();
    }
    let inner = server.ask("GET", &format!("/api/v1/groups/{all}/groups")).await.is(200);
    assert_eq!((inner.as_array().unwrap().len(), &inner[0]["id"]), (1, &json!(some)));
    let members = server.ask("GET", &format!("/api/v1/groups/{all}/users")).await.is(200);
    assert_eq!(members[0]["id"], user);
    assert_eq!(server.ask("GET", &format!("/api/v1/users/{user}/groups")).await.is(200).as_array().unwrap().len(), 3);

    let causes = server.ask("PUT", &format!("/api/v1/groups/{few}/groups/{all}")).await.is_error(400, "E0000001");
    assert!(causes.contains("would be a loop"), "{causes}");
    server.ask("PUT", &format!("/api/v1/groups/{few}/groups/{few}")).await.is_error(400, "E0000001");
    server.ask("PUT", &format!("/api/v1/groups/{few}/groups/00gAAAAAAAAAAAAAAAAA")).await.is_error(404, "E0000007");

    for _ in 0..2 {
        server.ask("DELETE", &format!("/api/v1/groups/{all}/groups/{some}")).await.is_empty();
    }
    assert_eq!(server.ask("GET", &format!("/api/v1/groups/{all}/users")).await.is(200), json!([]));
    let log = server.ask("GET", "/api/v1/logs?filter=eventType%20sw%20%22group.nesting%22").await.is(200);
    let types: Vec<&str> = log.as_array().unwrap().iter().map(|event| event["eventType"].as_str().unwrap()).collect();
    assert_eq!(types, ["group.nesting.add", "group.nesting.add", "group.nesting.remove"]);
}
