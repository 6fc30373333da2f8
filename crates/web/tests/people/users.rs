//! A user's shape, and its life over the API.

use serde_json::{Value, json};

use crate::server::{As, ORIGIN, PASSWORD, Server, profile};

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn a_staged_user_has_oktas_shape() {
    let server = Server::new().await;
    let body = json!({ "profile": profile("a@example.com"), "type": { "id": "otyIgnored" }, "surprise": [1] });
    let user = server.tell("POST", "/api/v1/users?activate=false&provider=false", body).await.is(200);
    let id = user["id"].as_str().unwrap();
    assert!(id.starts_with("00u") && id.len() == 20);
    assert_eq!(
        keys(&user),
        [
            "id",
            "status",
            "created",
            "activated",
            "statusChanged",
            "lastLogin",
            "lastUpdated",
            "passwordChanged",
            "type",
            "profile",
            "credentials",
            "_links"
        ]
    );
    assert_eq!(user["status"], "STAGED");
    assert_eq!(user["created"], "2026-11-22T05:10:00.000Z");
    for absent in ["activated", "statusChanged", "lastLogin", "passwordChanged"] {
        assert_eq!(user[absent], Value::Null, "{absent}");
    }
    assert_eq!(
        user["profile"],
        json!({ "firstName": "Test", "lastName": "Person", "mobilePhone": null, "secondEmail": null,
            "login": "a@example.com", "email": "mail@example.com" })
    );
    assert_eq!(user["credentials"], json!({ "provider": { "type": "OKTA", "name": "OKTA" } }));
    let own = format!("{ORIGIN}/api/v1/users/{id}");
    assert_eq!(user["_links"]["self"], json!({ "href": own }));
    assert_eq!(user["_links"]["activate"], json!({ "href": format!("{own}/lifecycle/activate"), "method": "POST" }));
    let listed = server.ask("GET", "/api/v1/users?q=a@example").await.is(200);
    assert_eq!(keys(&listed[0]["_links"]), ["self"], "a list says less");
}

#[tokio::test]
async fn a_user_lives_and_goes_over_the_api() {
    let server = Server::new().await;
    let id = server.active("ann@example.com").await;
    let read = server.ask("GET", "/api/v1/users/ann@example.com/").await.is(200);
    assert_eq!((&read["id"], &read["status"]), (&json!(id), &json!("ACTIVE")));
    assert_eq!(read["credentials"]["password"], json!({}));
    let step = |step: &str| format!("/api/v1/users/{id}/lifecycle/{step}");
    for (name, status) in [("suspend", "SUSPENDED"), ("unsuspend", "ACTIVE"), ("expire_password", "PASSWORD_EXPIRED")] {
        server.ask("POST", &step(name)).await.is(200);
        assert_eq!(server.ask("GET", &format!("/api/v1/users/{id}")).await.is(200)["status"], status);
    }
    assert_eq!(server.ask("POST", &step("reset_password?sendEmail=false")).await.is(200), json!({}));
    assert!(server.ask("POST", &step("unlock")).await.is_error(403, "E0000038").contains("`RECOVERY`"));
    let password = json!({ "credentials": { "password": { "value": PASSWORD } } });
    assert_eq!(server.tell("POST", &format!("/api/v1/users/{id}"), password).await.is(200)["status"], "ACTIVE");
    server.ask("POST", &step("activate?sendEmail=False")).await.is_error(403, "E0000016");
    server.ask("POST", &step("reset_factors")).await.is(200);
    server.ask("POST", &step("explode")).await.is_error(404, "E0000007");
    let temporary = server.ask("POST", &step("expire_password?tempPassword=true")).await.is(200);
    assert_eq!(temporary["tempPassword"].as_str().map(str::len), Some(16));
    server.ask("DELETE", &format!("/api/v1/users/{id}")).await.is_empty();
    assert_eq!(server.ask("GET", &format!("/api/v1/users/{id}")).await.is(200)["status"], "DEPROVISIONED");
    server.ask("DELETE", &format!("/api/v1/users/{id}")).await.is_empty();
    let gone = server.ask("GET", &format!("/api/v1/users/{id}")).await;
    gone.is_error(404, "E0000007");
    assert_eq!(gone.json()["errorSummary"], format!("Not found: Resource not found: {id} (User)"));
}

#[tokio::test]
async fn attributes_are_kept_merged_and_replaced() {
    let server = Server::new().await;
    let id = server.active("ann@example.com").await;
    let own = format!("/api/v1/users/{id}");
    let change = json!({ "profile": { "department": "R&D", "nickNames": ["a", "b"], "costCenter": 7 } });
    let profile_now = server.tell("POST", &own, change).await.is(200)["profile"].clone();
    assert_eq!(profile_now["nickNames"], json!(["a", "b"]));
    assert_eq!((&profile_now["costCenter"], &profile_now["firstName"]), (&json!(7), &json!("Test")));
    let removed = server.tell("POST", &own, json!({ "profile": { "department": null } })).await.is(200);
    assert_eq!(removed["profile"].get("department"), None);
    let replaced = server.tell("PUT", &own, json!({ "profile": profile("Ann@Example.com") })).await.is(200);
    assert_eq!(replaced["profile"].get("costCenter"), None);
    assert_eq!(replaced["profile"]["login"], "Ann@Example.com", "the case of one's own login may change");
    let part = server.tell("PUT", &own, json!({ "profile": { "login": "x@example.com" } })).await;
    assert_eq!(part.is_error(400, "E0000001").lines().count(), 3, "every missing attribute is named");
}

#[tokio::test]
async fn me_is_the_person_or_the_token() {
    let server = Server::new().await;
    let of_token = server.ask("GET", "/api/v1/users/me").await.is(200);
    assert!(of_token["id"].as_str().unwrap().starts_with("00T"));
    assert_eq!((&of_token["status"], &of_token["profile"]["login"]), (&json!("ACTIVE"), &json!("machine")));
    let id = server.active("ann@example.com").await;
    let cookie = server.session(&id).await;
    assert_eq!(server.send(As::Session(&cookie), "GET", "/api/v1/users/me", "").await.is(200)["id"], id);
    server.send(As::Nobody, "GET", "/api/v1/users/me", "").await.is_error(401, "E0000011");
}

#[tokio::test]
async fn a_person_changes_their_password_and_is_signed_out_everywhere() {
    let server = Server::new().await;
    let id = server.active("ann@example.com").await;
    let cookie = server.session(&id).await;
    let target = format!("/api/v1/users/{id}/credentials/change_password");
    let body =
        |old: &str| json!({ "oldPassword": { "value": old }, "newPassword": { "value": "a quite new password" } });
    let wrong = server.send(As::Session(&cookie), "POST", &target, body("wrong").to_string()).await;
    wrong.is_error(403, "E0000014");
    let done = server.send(As::Session(&cookie), "POST", &target, body(PASSWORD).to_string()).await.is(200);
    assert_eq!(done, json!({ "password": {}, "provider": { "type": "OKTA", "name": "OKTA" } }));
    server.send(As::Session(&cookie), "GET", "/api/v1/users/me", "").await.is_error(401, "E0000011");
}

#[tokio::test]
async fn a_deleted_user_with_a_live_session_is_out() {
    let server = Server::new().await;
    let id = server.active("ann@example.com").await;
    let cookie = server.session(&id).await;
    server.ask("DELETE", &format!("/api/v1/users/{id}")).await.is_empty();
    server.send(As::Session(&cookie), "GET", "/api/v1/users/me", "").await.is_error(401, "E0000011");
    server.ask("DELETE", &format!("/api/v1/users/{id}")).await.is_empty();
    server.send(As::Session(&cookie), "GET", "/api/v1/users/me", "").await.is_error(401, "E0000011");
}

#[tokio::test]
async fn sessions_factors_and_groups_of_a_user() {
    let server = Server::new().await;
    let id = server.active("ann@example.com").await;
    let cookie = server.session(&id).await;
    server.ask("DELETE", &format!("/api/v1/users/{id}/sessions")).await.is_empty();
    server.send(As::Session(&cookie), "GET", "/api/v1/users/me", "").await.is_error(401, "E0000011");
    assert_eq!(server.ask("GET", &format!("/api/v1/users/{id}/factors")).await.is(200), json!([]));
    let group = server.group("Operators").await;
    server.ask("PUT", &format!("/api/v1/groups/{group}/users/{id}")).await.is_empty();
    let groups = server.ask("GET", &format!("/api/v1/users/{id}/groups")).await.is(200);
    assert_eq!(groups[0]["id"], group);
}

#[tokio::test]
async fn an_administrator_role_is_granted_and_taken_in_oktas_shape() {
    let server = Server::new().await;
    let id = server.active("ann@example.com").await;
    let roles = format!("/api/v1/users/{id}/roles");
    assert_eq!(server.ask("GET", &roles).await.is(200), json!([]));
    let role = server.tell("POST", &roles, json!({ "type": "READ_ONLY_ADMIN" })).await.is(201);
    assert_eq!(role["type"], "READ_ONLY_ADMIN");
    server.tell("POST", &roles, json!({ "type": "WIZARD" })).await.is_error(400, "E0000001");
    let role = format!("{roles}/{}", role["id"].as_str().unwrap());
    server.ask("DELETE", &role).await.is_empty();
    server.ask("DELETE", &role).await.is_error(404, "E0000007");
    let last = format!("/api/v1/users/{}/roles/{}", server.root.id, server.root.id.as_str().replace("00u", "ra1"));
    assert!(server.ask("DELETE", &last).await.is_error(403, "E0000079").contains("last active super administrator"));
}
