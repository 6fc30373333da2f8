//! `q`, `search` and `filter`.

use serde_json::json;

use crate::server::{Server, profile};

async fn logins(server: &Server, key: &str, text: &str) -> Vec<String> {
    let encoded = text.replace('%', "%25").replace(' ', "%20").replace('"', "%22").replace('\\', "%5C");
    let found = server.ask("GET", &format!("/api/v1/users?{key}={encoded}")).await.is(200);
    let login = |user: &serde_json::Value| user["profile"]["login"].as_str().unwrap().to_owned();
    let mut logins: Vec<String> = found.as_array().unwrap().iter().map(login).collect();
    logins.sort();
    logins
}

#[tokio::test]
async fn people_are_found_by_what_clients_ask() {
    let server = Server::new().await;
    let ann = server.active("ann@example.com").await;
    server.active("bob@example.com").await;
    let body = json!({ "profile": profile("cleo@example.com") });
    server.tell("POST", "/api/v1/users?activate=false", body).await.is(200);
    server.tell("POST", &format!("/api/v1/users/{ann}"), json!({ "profile": { "team": "Red" } })).await.is(200);
    let only = |login: &str| vec![login.to_owned()];
    for (key, text, wanted) in [
        ("search", "profile.login eq \"ANN@example.com\"", only("ann@example.com")),
        ("filter", "status eq \"STAGED\"", only("cleo@example.com")),
        ("search", "profile.login sw \"b\" and status eq \"ACTIVE\"", only("bob@example.com")),
        ("search", "profile.team eq \"red\"", only("ann@example.com")),
        (
            "search",
            "(profile.login eq \"ann@example.com\" or profile.login eq \"bob@example.com\") and profile.team pr",
            only("ann@example.com"),
        ),
        ("filter", "lastUpdated gt \"2027-01-01T00:00:00.000Z\"", vec![]),
        ("filter", &format!("id eq \"{ann}\""), only("ann@example.com")),
        ("q", "cle", only("cleo@example.com")),
    ] {
        assert_eq!(logins(&server, key, text).await, wanted, "{key}={text}");
    }
    assert_eq!(logins(&server, "filter", "lastUpdated gt \"2026-01-01T00:00:00.000Z\"").await.len(), 4);
}

#[tokio::test]
async fn wildcards_in_q_are_letters() {
    let server = Server::new().await;
    server.active("a%b@example.com").await;
    server.active("a_c@example.com").await;
    server.active("axd@example.com").await;
    assert_eq!(logins(&server, "q", "a%").await, ["a%b@example.com"]);
    assert_eq!(logins(&server, "q", "a_").await, ["a_c@example.com"]);
    assert!(logins(&server, "q", "\\").await.is_empty());
    assert!(logins(&server, "q", "*").await.is_empty());
}

#[tokio::test]
async fn deactivated_people_are_listed_only_when_searched_for() {
    let server = Server::new().await;
    let id = server.active("ann@example.com").await;
    server.ask("DELETE", &format!("/api/v1/users/{id}")).await.is_empty();
    assert!(logins(&server, "q", "ann").await.is_empty());
    assert_eq!(logins(&server, "search", "profile.login eq \"ann@example.com\"").await, ["ann@example.com"]);
    assert_eq!(logins(&server, "filter", "status eq \"DEPROVISIONED\"").await, ["ann@example.com"]);
}

#[tokio::test]
async fn groups_are_found_by_type_and_name() {
    let server = Server::new().await;
    for name in ["Operators", "Operations", "Auditors"] {
        server.group(name).await;
    }
    let count = async |query: &str| {
        server.ask("GET", &format!("/api/v1/groups?{query}")).await.is(200).as_array().unwrap().len()
    };
    assert_eq!(count("filter=type%20eq%20%22OKTA_GROUP%22").await, 3);
    assert_eq!(count("filter=type%20eq%20%22APP_GROUP%22").await, 0);
    assert_eq!(count("search=profile.name%20eq%20%22Operators%22").await, 1);
    assert_eq!(count("search=profile.name%20sw%20%22oper%22%20and%20type%20eq%20%22OKTA_GROUP%22").await, 2);
    assert_eq!(count("q=aud").await, 1);
}

#[tokio::test]
async fn what_is_not_supported_is_refused_by_name() {
    let server = Server::new().await;
    for (path, query, named) in [
        ("users", "search=manager%20eq%20%22x%22", "`manager eq \"x\"` is not supported"),
        ("users", "filter=profile.login%20eq", "a value in quotes is expected at the end"),
        ("users", "filter=not%20(id%20pr)", "an operator"),
        ("groups", "filter=owner%20eq%20%22x%22", "`owner eq \"x\"` is not supported"),
    ] {
        let causes = server.ask("GET", &format!("/api/v1/{path}?{query}")).await.is_error(400, "E0000031");
        assert!(causes.contains(named), "{query}: {causes}");
    }
}
