//! What nobody should send gets a clear answer, and leaves nothing behind.

use serde_json::json;

use crate::server::{As, Server, profile};

#[tokio::test]
async fn a_login_of_three_hundred_characters_with_emoji_is_refused() {
    let server = Server::new().await;
    let long = format!("{}@example.com", "😀".repeat(288));
    let answer = server.tell("POST", "/api/v1/users", json!({ "profile": profile(&long) })).await;
    assert_eq!(answer.is_error(400, "E0000001"), answer.json()["errorCauses"][0]["errorSummary"]);
    assert_eq!(answer.json()["errorSummary"], "Api validation failed: login");
    assert!(answer.is_error(400, "E0000001").contains("this one has 300"));
    let encoded = "%F0%9F%98%80".repeat(300);
    server.ask("GET", &format!("/api/v1/users/{encoded}")).await.is_error(404, "E0000007");
    assert_eq!(server.ask("GET", "/api/v1/users").await.is(200).as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_login_in_another_case_is_taken() {
    let server = Server::new().await;
    server.active("Ann@Example.com").await;
    let answer = server.tell("POST", "/api/v1/users", json!({ "profile": profile("aNN@eXAMPLE.COM") })).await;
    let causes = answer.is_error(400, "E0000001");
    assert!(causes.starts_with("login: An object with this field already exists in the current organization"));
}

#[tokio::test]
async fn a_body_that_is_no_json_or_of_the_wrong_kind_is_named() {
    let server = Server::new().await;
    let token = As::Authorization(&server.token);
    for body in [&b""[..], b"{", b"[]", b"\xff\xfe", b"{\"profile\":{\"login\":\"\xff\"}}", b"{} {}"] {
        server.send(token, "POST", "/api/v1/users", body.to_vec()).await.is_error(400, "E0000003");
    }
    for (body, path) in [
        (json!({ "profile": "x" }), "profile:"),
        (json!({ "profile": {}, "credentials": { "password": { "value": 5 } } }), "credentials.password.value:"),
        (json!({ "groupIds": [7] }), "groupIds[0]:"),
    ] {
        let causes = server.tell("POST", "/api/v1/users", body).await.is_error(400, "E0000003");
        assert!(causes.starts_with(path), "{causes}");
    }
    for (profile, field) in [
        (json!({ "login": 5 }), "login: a text is expected, not a number"),
        (json!({ "email": "nobody" }), "email: `nobody` is not an e-mail address"),
        (json!({ "manager": { "id": 1 } }), "manager: a text, number, boolean or list is expected"),
        (json!({ "login": "a\u{0}b" }), "login: a login has 1 to 100 characters"),
    ] {
        let answer = server.tell("POST", "/api/v1/users", json!({ "profile": profile })).await;
        let causes = answer.is_error(400, "E0000001");
        assert!(causes.contains(field), "{causes}");
    }
}

#[tokio::test]
async fn a_password_answer_never_repeats_the_password() {
    let server = Server::new().await;
    let weak = json!({ "profile": profile("a@example.com"), "credentials": { "password": { "value": "hunter2" } } });
    let answer = server.tell("POST", "/api/v1/users", weak).await;
    assert!(answer.is_error(400, "E0000001").starts_with("password:"));
    assert!(!String::from_utf8_lossy(&answer.bytes).contains("hunter2"));
    let hash = json!({ "profile": profile("a@example.com"), "credentials": { "password": { "hash": { "algorithm": "BCRYPT" } } } });
    let causes = server.tell("POST", "/api/v1/users", hash).await.is_error(400, "E0000001");
    assert!(causes.starts_with("credentials.password.hash:"), "{causes}");
}

#[tokio::test]
async fn a_body_of_two_mebibytes_is_too_large_and_one_of_many_attributes_too_much() {
    let server = Server::new().await;
    let mut large = profile("a@example.com");
    large["notes"] = json!("x".repeat(2 * 1024 * 1024));
    let causes = server.tell("POST", "/api/v1/users", json!({ "profile": large })).await.is_error(413, "E0000003");
    assert!(causes.contains("1048576 bytes"), "{causes}");
    let mut many = profile("a@example.com");
    for number in 0..101 {
        many[format!("attribute{number}")] = json!(number);
    }
    let causes = server.tell("POST", "/api/v1/users", json!({ "profile": many })).await.is_error(400, "E0000001");
    assert!(causes.contains("at most 100"), "{causes}");
}

#[tokio::test]
async fn paths_queries_and_methods_that_are_none_answer_in_the_same_shape() {
    let server = Server::new().await;
    server.ask("GET", "/api/v1/users/%FF%FE").await.is_error(404, "E0000007");
    server.ask("GET", "/api/v1/users/..%2F..%2Fetc").await.is_error(404, "E0000007");
    server.ask("GET", "/api/v1/users?limit=1&limit=2").await.is_error(400, "E0000001");
    server.ask("PATCH", "/api/v1/users").await.is_error(405, "E0000022");
    server.ask("GET", "/api/v1/nothing").await.is_error(404, "E0000007");
    server.ask("POST", "/api/v1/users?activate=perhaps").await.is_error(400, "E0000003");
    let body = json!({ "profile": profile("a@example.com") });
    let causes = server.tell("POST", "/api/v1/users?activate=perhaps", body).await.is_error(400, "E0000001");
    assert!(causes.contains("`perhaps`"));
}

#[tokio::test]
async fn a_next_link_survives_a_query_that_is_not_escaped() {
    let server = Server::new().await;
    for login in ["éa@example.com", "éb@example.com"] {
        server.active(login).await;
    }
    let first = server.ask("GET", "/api/v1/users?limit=1&q=é").await;
    assert_eq!(first.is(200).as_array().unwrap().len(), 1);
    let second = server.ask("GET", &first.next().unwrap()).await;
    assert_eq!(second.is(200).as_array().unwrap().len(), 1);
    assert_ne!(first.is(200), second.is(200));
}
