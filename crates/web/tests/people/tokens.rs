//! API tokens over the API.

use serde_json::json;

use crate::server::{As, Server};

#[tokio::test]
async fn a_token_is_made_used_listed_and_revoked() {
    let server = Server::new().await;
    let body = json!({ "name": "deploy", "role": "super_admin" });
    let made = server.tell("POST", "/api/v1/api-tokens", body).await.is(201);
    let secret = made["token"].as_str().unwrap();
    assert!(secret.starts_with("00") && secret.len() == 42);
    let id = made["id"].as_str().unwrap();
    let header = format!("SSWS {secret}");
    assert_eq!(server.send(As::Authorization(&header), "GET", "/api/v1/users/me", "").await.is(200)["id"], id);
    let own = format!("/api/v1/api-tokens/{id}");
    let read = server.ask("GET", &own).await;
    assert_eq!(read.is(200)["name"], "deploy");
    assert!(!String::from_utf8_lossy(&read.bytes).contains(secret), "the secret is shown once");
    let listed = server.ask("GET", "/api/v1/api-tokens").await;
    assert_eq!(listed.is(200).as_array().unwrap().len(), 2);
    assert!(!String::from_utf8_lossy(&listed.bytes).contains(secret));
    server.ask("DELETE", &own).await.is_empty();
    server.send(As::Authorization(&header), "GET", "/api/v1/users/me", "").await.is_error(401, "E0000011");
    server.ask("GET", &own).await.is_error(404, "E0000007");
}

#[tokio::test]
async fn without_a_word_about_it_a_token_only_reads() {
    let server = Server::new().await;
    let made = server.tell("POST", "/api/v1/api-tokens", json!({ "name": "reader" })).await.is(201);
    assert_eq!(made["role"], "read_only_admin");
    for (body, named) in [
        (json!({ "name": "x", "role": "god" }), "`god`"),
        (json!({ "name": "reader" }), "name:"),
        (json!({ "name": "x", "expiresAt": "2020-01-01T00:00:00Z" }), "expiresAt:"),
    ] {
        let causes = server.tell("POST", "/api/v1/api-tokens", body).await.is_error(400, "E0000001");
        assert!(causes.contains(named), "{causes}");
    }
    let causes = server.tell("POST", "/api/v1/api-tokens", json!({ "name": 7 })).await.is_error(400, "E0000003");
    assert!(causes.starts_with("name: invalid type"), "{causes}");
}
