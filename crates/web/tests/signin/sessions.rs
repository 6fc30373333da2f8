//! `/api/v1/sessions`, `appLinks`.

use serde_json::json;

use crate::world::{ANN, OWN, PASSWORD, TOKEN, World};

#[tokio::test]
async fn a_token_becomes_a_session_once() {
    let world = World::new().await;
    let token = world.session_token().await;
    let answer = world.post("/api/v1/sessions", &json!({ "sessionToken": token })).await;
    let body = answer.json();
    assert_eq!((answer.status.as_u16(), &body["status"]), (200, &json!("ACTIVE")));
    assert_eq!(body["userId"], world.ann.id.as_str());
    assert_eq!((&body["login"], &body["amr"], &body["mfaActive"]), (&json!(ANN), &json!(["pwd"]), &json!(false)));
    assert_eq!(body["expiresAt"], "2026-11-22T07:10:00.000Z");
    assert_eq!(body["idp"]["type"], "OKTA");
    let again = world.post("/api/v1/sessions", &json!({ "sessionToken": token })).await;
    assert_eq!((again.status.as_u16(), &again.json()["errorCode"]), (401, &json!("E0000004")));
    for body in [json!({}), json!({ "sessionToken": "" }), json!({ "sessionToken": "x".repeat(5_000) })] {
        assert_eq!(world.post("/api/v1/sessions", &body).await.status, 401);
    }
}

#[tokio::test]
async fn the_session_of_the_cookie_is_read_refreshed_and_ended() {
    let world = World::new().await;
    let secret = world.session().await;
    let sid = format!("sid={secret}");
    let cookie = [("cookie", sid.as_str())];
    let me = world.get("/api/v1/sessions/me", &cookie).await;
    assert_eq!((me.status.as_u16(), &me.json()["id"]), (200, &json!(secret)));
    world.clock.advance_seconds(3_600);
    let refreshed = world.send("POST", "/api/v1/sessions/me/lifecycle/refresh", &cookie, "{}").await;
    assert_eq!(refreshed.json()["expiresAt"], "2026-11-22T08:10:00.000Z", "{}", refreshed.text);
    let ended = world.send("DELETE", "/api/v1/sessions/me", &cookie, "").await;
    assert_eq!((ended.status.as_u16(), ended.text.as_str()), (204, ""));
    assert_eq!(ended.cookies("sid"), [""]);
    assert!(!world.is_live(&secret).await);
    for method in ["GET", "DELETE"] {
        let gone = world.send(method, "/api/v1/sessions/me", &cookie, "").await;
        assert_eq!((gone.status.as_u16(), &gone.json()["errorCode"]), (404, &json!("E0000007")));
    }
}

#[tokio::test]
async fn a_page_of_another_site_cannot_end_a_session() {
    let world = World::new().await;
    let secret = world.session().await;
    // The name that a browser sends on https; `sid` alone would not count with `Sec-Fetch-Site`.
    let sid = format!("__Host-sid={secret}");
    for header in
        [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site")]
    {
        let headers = [("cookie", sid.as_str()), header];
        assert_eq!(world.send("DELETE", "/api/v1/sessions/me", &headers, "").await.status, 403, "{header:?}");
    }
    assert!(world.is_live(&secret).await);
}

#[tokio::test]
async fn an_administrators_token_reads_and_ends_the_session_that_it_names() {
    let world = World::new().await;
    let secret = world.session().await;
    let path = format!("/api/v1/sessions/{secret}");
    assert_eq!(world.get(&path, &[]).await.status, 401, "the secret in a path alone opens nothing");
    let ssws = format!("SSWS {TOKEN}");
    let token = [("authorization", ssws.as_str())];
    assert_eq!(world.get(&path, &token).await.json()["login"], ANN);
    assert_eq!(world.send("DELETE", &path, &token, "").await.status, 204);
    assert!(!world.is_live(&secret).await);
    assert_eq!(world.get(&path, &token).await.status, 404);
}

#[tokio::test]
async fn all_sessions_of_a_person_are_ended_at_once() {
    let world = World::new().await;
    let (one, two) = (world.session().await, world.session().await);
    let path = format!("/api/v1/users/{}/sessions", world.ann.id);
    let ssws = format!("SSWS {TOKEN}");
    assert_eq!(world.send("DELETE", &path, &[("authorization", &ssws)], "").await.status, 204);
    assert!(!world.is_live(&one).await && !world.is_live(&two).await);
}

#[tokio::test]
async fn app_links_have_the_shape_that_clients_take_apart() {
    let world = World::new().await;
    let sid = format!("sid={}", world.session().await);
    let answer = world.get("/api/v1/users/me/appLinks", &[("cookie", &sid)]).await;
    assert_eq!(answer.headers["content-type"], "application/json");
    let link = &answer.json()[0];
    let url = link["linkUrl"].as_str().unwrap();
    assert_eq!(url, format!("{OWN}/home/amazon_aws/{}/272", world.app.id));
    assert_eq!(url.splitn(6, '/').nth(5).unwrap(), format!("{}/272", world.app.id));
    assert_eq!(
        (&link["appName"], &link["label"], &link["sortOrder"]),
        (&json!("amazon_aws"), &json!("AWS"), &json!(0))
    );
    assert_eq!(link["appAssignmentId"].as_str().unwrap().len(), 20);
    let ssws = format!("SSWS {TOKEN}");
    let by_admin = world.get(&format!("/api/v1/users/{ANN}/appLinks/"), &[("authorization", &ssws)]).await;
    assert_eq!(by_admin.json(), answer.json());
    assert_eq!(world.get("/api/v1/users/me/appLinks", &[]).await.status, 401);
    let other = world.get("/api/v1/users/bob@example.com/appLinks", &[("cookie", &sid)]).await;
    assert_eq!(other.status, 403, "who else there is is not told");
}

#[tokio::test]
async fn no_answer_repeats_a_password_or_is_cached() {
    let world = World::new().await;
    for answer in [world.authn(ANN, PASSWORD).await, world.authn(ANN, "my other password").await] {
        assert!(!answer.text.contains(PASSWORD) && !answer.text.contains("my other password"));
        assert_eq!(answer.headers["cache-control"], "no-store");
    }
}
