//! `/api/v1/authn` in every form, and what a failure tells: nothing.

use domain::{User, UserStatus};
use serde_json::json;
use usecases::state_token;

use crate::world::{ANN, OWN, PASSWORD, World};
use rolegate_web::RateLimits;

#[tokio::test]
async fn success_has_every_field_that_clients_read() {
    let world = World::new().await;
    let answer = world.authn(ANN, PASSWORD).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-type"], "application/json");
    let body = answer.json();
    assert_eq!(body["status"], "SUCCESS");
    assert_eq!(body["expiresAt"], "2026-11-22T05:15:00.000Z");
    assert!(body["sessionToken"].as_str().unwrap().starts_with("20111"));
    let user = &body["_embedded"]["user"];
    assert_eq!(user["id"], world.ann.id.as_str());
    for field in ["login", "firstName", "lastName", "locale", "timeZone"] {
        assert!(user["profile"][field].is_string(), "{field}");
    }
    assert!(body.get("userSession").is_none() && body.get("stateToken").is_none());
    assert_eq!(answer.cookies("DT").len(), 1);
    assert!(answer.cookies("sid").is_empty(), "a session comes later");
}

#[tokio::test]
async fn credentials_with_a_state_token_and_unknown_keys_are_taken() {
    let world = World::new().await;
    let token = state_token::for_page(&world.state.services);
    for body in [
        json!({ "username": ANN, "password": PASSWORD, "stateToken": token }),
        json!({ "username": ANN, "password": PASSWORD, "stateToken": null, "options": {"multiOptionalFactorEnroll": false} }),
        json!({ "username": ANN, "password": PASSWORD, "stateToken": "long dead", "relayState": "/x", "context": {} }),
    ] {
        let answer = world.post("/api/v1/authn", &body).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["status"]), (200, &json!("SUCCESS")), "{body}");
    }
}

#[tokio::test]
async fn a_state_token_alone_is_resumed() {
    let world = World::new().await;
    let token = state_token::for_page(&world.state.services);
    for (path, body) in [
        ("/api/v1/authn", json!({ "stateToken": token })),
        ("/api/v1/authn", json!({ "username": "", "password": "", "stateToken": token })),
        ("/api/v1/authn/introspect", json!({ "stateToken": token })),
    ] {
        let answer = world.post(path, &body).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        let told = answer.json();
        assert_eq!((&told["status"], &told["stateToken"]), (&json!("UNAUTHENTICATED"), &json!(token)));
        assert_eq!(told["_links"]["next"]["href"], format!("{OWN}/api/v1/authn"));
    }
    assert_eq!(world.post("/api/v1/authn/cancel", &json!({ "stateToken": token })).await.status, 200);
    world.clock.advance_seconds(3_601);
    for path in ["/api/v1/authn", "/api/v1/authn/introspect", "/api/v1/authn/cancel"] {
        let answer = world.post(path, &json!({ "stateToken": token })).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["errorCode"]), (401, &json!("E0000011")), "{path}");
    }
}

#[tokio::test]
async fn a_body_without_what_is_needed_is_the_clients_mistake() {
    let world = World::new().await;
    for (body, code) in [
        ("{}", "E0000001"),
        (r#"{"username":"ann@example.com"}"#, "E0000001"),
        (r#"{"username":"","password":"","stateToken":""}"#, "E0000001"),
        ("", "E0000003"),
        ("username=ann&password=x", "E0000003"),
        (r#"{"username":7}"#, "E0000003"),
        ("7", "E0000003"),
    ] {
        let answer = world.send("POST", "/api/v1/authn", &[], body).await;
        assert_eq!((answer.status.as_u16(), answer.json()["errorCode"].as_str()), (400, Some(code)), "{body}");
    }
}

/// Status, headers and body without what differs between any two requests.
async fn told(world: &World, username: &str, password: &str) -> String {
    let answer = world.authn(username, password).await;
    let mut body = answer.json();
    body["errorId"] = json!("");
    let mut headers: Vec<String> = answer
        .headers
        .iter()
        .filter(|(name, _)| *name != "x-okta-request-id" && !name.as_str().starts_with("x-rate-limit"))
        .map(|(name, value)| format!("{name}: {value:?}"))
        .collect();
    headers.sort();
    format!("{} {headers:?} {body}", answer.status)
}

#[tokio::test]
async fn nobody_learns_why_it_failed() {
    let world = World::new().await;
    let mut unit = world.store().begin().await.unwrap();
    for (login, status) in [("sus@example.com", UserStatus::Suspended), ("dep@example.com", UserStatus::Deprovisioned)]
    {
        let user = User { status, ..testkit::sample::user(login) };
        unit.insert_user(&user, Some(&testkit::FakePasswords::hash_of(PASSWORD))).await.unwrap();
    }
    unit.commit().await.unwrap();
    let unknown = told(&world, "nobody@example.com", PASSWORD).await;
    assert!(unknown.starts_with("401") && unknown.contains("E0000004"), "{unknown}");
    let emoji = "🦀".repeat(300);
    for (username, password) in [
        (ANN, "wrong"),
        ("sus@example.com", PASSWORD),
        ("dep@example.com", PASSWORD),
        ("sus@example.com", "wrong"),
        (emoji.as_str(), PASSWORD),
        ("not a login\u{0}", PASSWORD),
        (ANN, "wrong"),
        (ANN, "wrong"),
        (ANN, PASSWORD),
    ] {
        assert_eq!(told(&world, username, password).await, unknown, "{username:.20}");
    }
}

#[tokio::test]
async fn a_lock_ends_by_itself() {
    let world = World::new().await;
    for _ in 0..3 {
        assert_eq!(world.authn(ANN, "wrong").await.status, 401);
    }
    assert_eq!(world.authn(ANN, PASSWORD).await.status, 401);
    world.clock.advance_seconds(901);
    assert_eq!(world.authn(ANN, PASSWORD).await.status, 200);
}

#[tokio::test]
async fn an_expired_password_is_changed_on_the_way_in() {
    let world = World::new().await;
    world.update_user(&User { status: UserStatus::PasswordExpired, ..world.ann.clone() }).await;
    let answer = world.authn(ANN, PASSWORD).await;
    let body = answer.json();
    assert_eq!((answer.status.as_u16(), &body["status"]), (200, &json!("PASSWORD_EXPIRED")));
    assert!(body.get("sessionToken").is_none());
    let href = body["_links"]["next"]["href"].as_str().unwrap();
    let path = href.strip_prefix(OWN).unwrap();
    let change =
        |old: &str, new: &str| json!({ "stateToken": body["stateToken"], "oldPassword": old, "newPassword": new });
    let introspected = world.post("/api/v1/authn/introspect", &json!({ "stateToken": body["stateToken"] })).await;
    assert_eq!(introspected.json()["status"], "PASSWORD_EXPIRED");
    assert_eq!(world.post(path, &change("wrong", "a much better password")).await.json()["errorCode"], "E0000014");
    assert_eq!(world.post(path, &change(PASSWORD, "short")).await.json()["errorCode"], "E0000001");
    let done = world.post(path, &change(PASSWORD, "a much better password")).await;
    assert_eq!(done.json()["status"], "SUCCESS", "{}", done.text);
    assert_eq!(world.post(path, &change(PASSWORD, "a third good password")).await.json()["errorCode"], "E0000011");
}

#[tokio::test]
async fn another_sites_page_is_refused() {
    let world = World::new().await;
    let body = json!({ "username": ANN, "password": PASSWORD }).to_string();
    for header in [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")] {
        for path in ["/api/v1/authn", "/api/v1/authn/cancel", "/api/v1/sessions"] {
            let answer = world.send("POST", path, &[header, ("content-type", "text/plain")], &body).await;
            assert_eq!((answer.status.as_u16(), &answer.json()["errorCode"]), (403, &json!("E0000006")), "{header:?}");
        }
    }
    let own = world.send("POST", "/api/v1/authn", &[("origin", OWN)], &body).await;
    assert_eq!(own.status, 200);
}

#[tokio::test]
async fn too_many_attempts_are_told_when_to_come_back() {
    let limits = RateLimits { sign_in_per_login: 2, ..RateLimits::default() };
    let world = World::at(OWN, limits).await;
    world.authn("x@example.com", "a").await;
    world.authn("X@example.com", "a").await;
    let answer = world.authn("x@EXAMPLE.com", "a").await;
    assert_eq!((answer.status.as_u16(), &answer.json()["errorCode"]), (429, &json!("E0000047")));
    assert!(answer.headers.contains_key("retry-after") && answer.headers.contains_key("x-rate-limit-reset"));
    assert_eq!(world.authn(ANN, PASSWORD).await.status, 200, "another login is not held up");
}
