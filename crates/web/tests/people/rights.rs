//! Who may ask what.

use domain::user::AdminRole;
use serde_json::json;

use crate::server::{As, PASSWORD, Server, machine_token, profile};

#[tokio::test]
async fn a_read_only_administrator_reads_everything_and_changes_nothing() {
    let server = Server::new().await;
    let id = server.active("ann@example.com").await;
    let group = server.group("Operators").await;
    let token = machine_token(&server.services, "reader", AdminRole::ReadOnlyAdmin).await;
    let reader = As::Authorization(&token);
    for path in ["users", "groups", "logs", "api-tokens", "org"] {
        server.send(reader, "GET", &format!("/api/v1/{path}"), "").await.is(200);
    }
    let user = json!({ "profile": profile("x@example.com") }).to_string();
    let named = json!({ "profile": { "name": "x" } }).to_string();
    for (method, target, body) in [
        ("POST", "/api/v1/users".to_owned(), &user),
        ("POST", "/api/v1/users".to_owned(), &"{\"profile\":{}}".to_owned()),
        ("PUT", format!("/api/v1/users/{id}"), &user),
        ("POST", format!("/api/v1/users/{id}"), &user),
        ("DELETE", format!("/api/v1/users/{id}"), &String::new()),
        ("POST", format!("/api/v1/users/{id}/lifecycle/suspend"), &String::new()),
        ("POST", format!("/api/v1/users/{id}/lifecycle/reset_factors"), &String::new()),
        ("POST", format!("/api/v1/users/{id}/roles"), &"{\"type\":\"SUPER_ADMIN\"}".to_owned()),
        ("DELETE", format!("/api/v1/users/{id}/sessions"), &String::new()),
        ("POST", "/api/v1/groups".to_owned(), &named),
        ("PUT", format!("/api/v1/groups/{group}"), &named),
        ("DELETE", format!("/api/v1/groups/{group}"), &String::new()),
        ("PUT", format!("/api/v1/groups/{group}/users/{id}"), &String::new()),
        ("DELETE", format!("/api/v1/groups/{group}/users/{id}"), &String::new()),
        ("POST", "/api/v1/api-tokens".to_owned(), &"{\"name\":\"x\"}".to_owned()),
        ("DELETE", "/api/v1/api-tokens/00TAAAAAAAAAAAAAAAAA".to_owned(), &String::new()),
    ] {
        server.send(reader, method, &target, body.clone()).await.is_error(403, "E0000006");
    }
}

#[tokio::test]
async fn a_person_sees_themself_alone() {
    let server = Server::new().await;
    let ann = server.active("ann@example.com").await;
    let bob = server.active("bob@example.com").await;
    let cookie = server.session(&ann).await;
    let person = As::Session(&cookie);
    server.send(person, "GET", &format!("/api/v1/users/{ann}"), "").await.is(200);
    server.send(person, "GET", &format!("/api/v1/users/{ann}/groups"), "").await.is(200);
    for path in [
        &format!("users/{bob}"),
        &format!("users/{bob}/groups"),
        &format!("users/{bob}/roles"),
        "users/nobody@example.com",
        "users",
        "groups",
        "groups/none",
        "logs",
        "api-tokens",
        "api-tokens/none",
        "org",
    ] {
        server.send(person, "GET", &format!("/api/v1/{path}"), "").await.is_error(403, "E0000006");
    }
    let change = json!({ "profile": { "firstName": "X" } }).to_string();
    server.send(person, "POST", &format!("/api/v1/users/{ann}"), change).await.is_error(403, "E0000006");
    let passwords = json!({ "oldPassword": { "value": PASSWORD }, "newPassword": { "value": "another long one" } });
    let target = format!("/api/v1/users/{bob}/credentials/change_password");
    server.send(person, "POST", &target, passwords.to_string()).await.is_error(403, "E0000006");
}

#[tokio::test]
async fn a_token_is_read_with_and_without_the_blank_and_nothing_else_is_one() {
    let server = Server::new().await;
    let tight = server.token.replace(' ', "");
    server.send(As::Authorization(&tight), "GET", "/api/v1/users", "").await.is(200);
    for wrong in ["SSWS 00nothing", "SSWS ", "Bearer x", "Basic eDp5"] {
        server.send(As::Authorization(wrong), "GET", "/api/v1/users", "").await.is_error(401, "E0000011");
    }
}

#[tokio::test]
async fn what_clients_ask_first_needs_no_token() {
    let server = Server::new().await;
    let organisation = server.send(As::Nobody, "GET", "/.well-known/okta-organization", "").await.is(200);
    assert_eq!(organisation["pipeline"], "idx");
    assert!(organisation["id"].as_str().is_some_and(|id| id.starts_with("00o") && id.len() == 20));
    assert_eq!(organisation["_links"]["organization"]["href"], "https://id.example.com");
    let again = server.send(As::Nobody, "GET", "/.well-known/okta-organization", "").await.is(200);
    assert_eq!(organisation, again);
}
