//! Directory integrations over the API: what is left out, what never comes out, and what is refused where.

use serde_json::{Value, json};
use testkit::sample;

use crate::server::{As, ORIGIN, Server};

const PASSWORD: &str = "bind password";

/// The least that can be said of the directory in memory.
fn least() -> Value {
    json!({
        "name": "corp",
        "type": "OPENLDAP",
        "urls": ["ldaps://ldap.example.com"],
        "bindDn": "cn=reader,dc=example,dc=com",
        "bindPassword": PASSWORD,
        "people": { "base": "ou=people,dc=example,dc=com" },
    })
}

/// The same with other values.
fn with(changes: &[(&str, Value)]) -> Value {
    let mut body = least();
    for (key, value) in changes {
        body[*key] = value.clone();
    }
    body
}

async fn create(server: &Server) -> String {
    server.tell("POST", "/api/v1/directories", least()).await.is(201)["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_is_left_out_has_a_default_by_type_and_the_password_never_comes_out() {
    let server = Server::new().await;
    let made = server.tell("POST", "/api/v1/directories", least()).await.is(201);
    let id = made["id"].as_str().unwrap();
    assert!(id.starts_with("0di") && id.len() == 20);
    assert_eq!(
        (&made["status"], &made["reach"], &made["hasBindPassword"]),
        (&json!("ACTIVE"), &json!("DIRECT"), &json!(true))
    );
    assert_eq!(
        made["people"],
        json!({ "base": "ou=people,dc=example,dc=com", "filter": "(objectClass=inetOrgPerson)",
                "attributes": { "login": "mail", "email": "mail", "firstName": "givenName", "lastName": "sn" } })
    );
    assert_eq!(
        (&made["groups"]["base"], &made["groups"]["name"]),
        (&json!("ou=people,dc=example,dc=com"), &json!("cn"))
    );
    assert_eq!(made["schedule"], json!({ "incremental": "PT15M", "full": "P1D" }));
    assert_eq!(
        (&made["timeout"], &made["pageSize"], &made["safeguardPercent"]),
        (&json!("PT10S"), &json!(500), &json!(20))
    );
    assert_eq!(made["matching"], json!({ "by": ["login"], "confirmAutomatically": true }));
    assert_eq!((&made["delegatedAuthentication"], &made["justInTime"]), (&json!(true), &json!(true)));
    assert_eq!(
        made["_links"]["test"],
        json!({ "href": format!("{ORIGIN}/api/v1/directories/{id}/test"), "method": "POST" })
    );
    assert_eq!(server.ask("GET", &format!("/api/v1/directories/{id}")).await.is(200), made);
    assert_eq!(server.ask("GET", "/api/v1/directories").await.is(200), json!([made]));
    assert!(!made.to_string().contains(PASSWORD));

    let ad = with(&[
        ("name", json!("ad")),
        ("type", json!("ACTIVE_DIRECTORY")),
        ("people", json!({ "bases": ["OU=a,DC=corp", "OU=b,DC=corp"], "attributes": { "department": "department" } })),
        ("groups", json!({ "base": "OU=c,DC=corp", "filter": "(cn=aws#*)" })),
        ("schedule", json!({ "incremental": null })),
        ("matching", json!({ "by": ["email", "employeeNumber"] })),
    ]);
    let ad = server.tell("POST", "/api/v1/directories?activate=false", ad).await.is(201);
    assert_eq!(ad["status"], "INACTIVE");
    assert_eq!(ad["people"]["bases"], json!(["OU=a,DC=corp", "OU=b,DC=corp"]));
    assert_eq!(ad["people"]["attributes"]["login"], "userPrincipalName");
    assert_eq!(ad["people"]["attributes"]["department"], "department");
    assert_eq!((&ad["groups"]["base"], &ad["groups"]["filter"]), (&json!("OU=c,DC=corp"), &json!("(cn=aws#*)")));
    assert_eq!(ad["schedule"], json!({ "incremental": null, "full": "P1D" }));
    assert_eq!(ad["matching"]["by"], json!(["email", "employeeNumber"]));
}

#[tokio::test]
async fn every_mistake_is_a_cause_with_its_key() {
    let server = Server::new().await;
    let wrong = with(&[
        ("name", json!("a,b")),
        ("urls", json!(["ldap://ldap.example.com"])),
        ("people", json!({ "base": "people", "filter": "(a" })),
    ]);
    let causes = server.tell("POST", "/api/v1/directories", wrong).await.is_error(400, "E0000001");
    for key in ["name: ", "urls: ", "people.base: ", "people.filter: "] {
        assert!(causes.lines().any(|line| line.starts_with(key)), "{key} in {causes}");
    }
    let unknown = with(&[("type", json!("NOVELL")), ("reach", json!("CARRIER_PIGEON"))]);
    let causes = server.tell("POST", "/api/v1/directories", unknown).await.is_error(400, "E0000001");
    assert!(causes.contains("type: `NOVELL`") && causes.contains("reach: `CARRIER_PIGEON`"), "{causes}");
    server.tell("POST", "/api/v1/directories", json!({})).await.is_error(400, "E0000001");
    let text = with(&[("schedule", json!({ "full": "daily" }))]);
    let causes = server.tell("POST", "/api/v1/directories", text).await.is_error(400, "E0000003");
    assert!(causes.starts_with("schedule.full: `daily` is not a length of time"), "{causes}");
    let secret = with(&[("bindPassword", json!(12_345_678))]);
    let causes = server.tell("POST", "/api/v1/directories", secret).await.is_error(400, "E0000003");
    assert!(!causes.contains("12345678"), "{causes}");
    assert_eq!(server.ask("GET", "/api/v1/directories").await.is(200), json!([]));
}

#[tokio::test]
async fn a_directory_is_replaced_as_a_whole_but_for_the_password() {
    let server = Server::new().await;
    let own = format!("/api/v1/directories/{}", create(&server).await);
    let mut body = with(&[("safeguardPercent", json!(5)), ("delegatedAuthentication", json!(false))]);
    body.as_object_mut().unwrap().remove("bindPassword");
    let replaced = server.tell("PUT", &own, body.clone()).await.is(200);
    assert_eq!((&replaced["safeguardPercent"], &replaced["hasBindPassword"]), (&json!(5), &json!(true)));
    body["urls"] = json!(["ldaps://thief.example.net"]);
    let causes = server.tell("PUT", &own, body.clone()).await.is_error(400, "E0000001");
    assert!(causes.starts_with("bindPassword: give it again: `urls` changed"), "{causes}");
    body["bindPassword"] = json!(null);
    body["bindDn"] = json!(null);
    let anonymous = server.tell("PUT", &own, body).await.is(200);
    assert_eq!((&anonymous["hasBindPassword"], &anonymous["bindDn"]), (&json!(false), &json!(null)));
    server.tell("PUT", "/api/v1/directories/none", least()).await.is_error(404, "E0000007");
}

#[tokio::test]
async fn a_connection_is_tried_saved_or_not() {
    let server = Server::new().await;
    server.ldap.add_person("Ann", &[("mail", "ann@example.com"), ("sn", "Arrow"), ("telephoneNumber", "5")]);
    server.ldap.add_group("aws#x#Admin#111111111111", &["Ann"]);
    let mapped = with(&[
        (
            "people",
            json!({ "base": "ou=people,dc=example,dc=com", "attributes": { "mobilePhone": "telephoneNumber" } }),
        ),
        ("groups", json!({ "base": "ou=groups,dc=example,dc=com" })),
    ]);
    let report = server.tell("POST", "/api/v1/directories/test", mapped).await.is(200);
    assert_eq!(report["ok"], true, "{report}");
    assert!(
        report["steps"].as_array().unwrap().iter().all(|step| step["ok"] == json!(true) && step["name"].is_string())
    );
    let profile = &report["sample"]["people"][0]["profile"];
    assert_eq!(
        (&profile["login"], &profile["firstName"], &profile["mobilePhone"]),
        (&json!("ann@example.com"), &json!(null), &json!("5"))
    );
    let group = &report["sample"]["groups"][0];
    assert_eq!((&group["name"], &group["members"]), (&json!("aws#x#Admin#111111111111"), &json!(1)));

    let own = format!("/api/v1/directories/{}", create(&server).await);
    assert_eq!(server.ask("POST", &format!("{own}/test")).await.is(200)["steps"][0]["ok"], true);
    let base = with(&[("people", json!({ "base": "ou=nowhere,dc=example,dc=com" }))]);
    let failed = server.tell("POST", &format!("{own}/test"), base).await.is(200);
    assert_eq!(failed["ok"], false);
    let step = failed["steps"].as_array().unwrap().last().unwrap().clone();
    assert!(step["ok"] == json!(false) && step["hint"].is_string(), "{step}");
}

#[tokio::test]
async fn a_directory_is_removed_with_its_name_said() {
    let server = Server::new().await;
    let own = format!("/api/v1/directories/{}", create(&server).await);
    let causes = server.ask("DELETE", &own).await.is_error(400, "E0000001");
    assert!(causes.starts_with("confirm: removing `corp` takes 0 groups along"), "{causes}");
    server.ask("DELETE", &format!("{own}?confirm=other")).await.is_error(400, "E0000001");
    server.ask("DELETE", &format!("{own}?confirm=corp")).await.is_empty();
    server.ask("GET", &own).await.is_error(404, "E0000007");
}

#[tokio::test]
async fn a_directory_is_switched_off_and_on_by_its_links() {
    let server = Server::new().await;
    let own = format!("/api/v1/directories/{}", create(&server).await);
    let off = server.ask("POST", &format!("{own}/lifecycle/deactivate")).await.is(200);
    assert_eq!(off["status"], "INACTIVE");
    let link = off["_links"]["activate"]["href"].as_str().unwrap().strip_prefix(ORIGIN).unwrap();
    assert_eq!(server.ask("POST", link).await.is(200)["status"], "ACTIVE");
}

#[tokio::test]
async fn nobody_but_administrators_sees_directories() {
    let server = Server::new().await;
    let own = format!("/api/v1/directories/{}", create(&server).await);
    let ann = server.active("ann@example.com").await;
    let session = server.session(&ann).await;
    for (method, target) in [("GET", "/api/v1/directories"), ("GET", own.as_str()), ("DELETE", own.as_str())] {
        server.send(As::Session(&session), method, target, "").await.is_error(403, "E0000006");
    }
    server.send(As::Nobody, "GET", &own, "").await.is_error(401, "E0000011");
}

/// `corp` with Ann, who is in its group `Operators`; their ids.
async fn imported(server: &Server) -> (String, String) {
    let id = create(server).await;
    let corp = server.services.store.directory_by_name("corp").await.unwrap().unwrap();
    assert_eq!(corp.id.as_str(), id);
    let ann =
        domain::User { directory: Some(corp.id.clone()), password_changed: None, ..sample::user("ann@example.com") };
    let group = sample::directory_group(&corp, "Operators");
    let mut unit = server.services.store.begin().await.unwrap();
    unit.insert_user(&ann, None).await.unwrap();
    unit.insert_group(&group).await.unwrap();
    unit.add_member(&group.id, &ann.id, sample::NOW).await.unwrap();
    unit.commit().await.unwrap();
    (ann.id.to_string(), group.id.to_string())
}

#[tokio::test]
async fn people_and_groups_of_a_directory_say_so() {
    let server = Server::new().await;
    let (ann, group) = imported(&server).await;
    let user = server.ask("GET", &format!("/api/v1/users/{ann}")).await.is(200);
    assert_eq!(user["credentials"], json!({ "provider": { "type": "LDAP", "name": "corp" } }));
    assert!(user["_links"].get("suspend").is_some() && user["_links"].get("resetPassword").is_none(), "{user}");
    let listed = server.ask("GET", &format!("/api/v1/groups/{group}/users")).await.is(200);
    assert_eq!(listed[0]["credentials"]["provider"]["name"], "corp");
    let group = server.ask("GET", &format!("/api/v1/groups/{group}")).await.is(200);
    assert_eq!((&group["type"], &group["source"]["name"]), (&json!("APP_GROUP"), &json!("corp")));
    assert_eq!(
        group["_links"]["source"]["href"],
        format!("{ORIGIN}/api/v1/directories/{}", group["source"]["id"].as_str().unwrap())
    );
    let root = server.ask("GET", &format!("/api/v1/users/{}", server.root.id)).await.is(200);
    assert_eq!(root["credentials"]["provider"], json!({ "type": "OKTA", "name": "OKTA" }));
}

#[tokio::test]
async fn what_a_directory_says_is_changed_there() {
    let server = Server::new().await;
    let (ann, group) = imported(&server).await;
    let own = format!("/api/v1/users/{ann}");
    let causes = server.tell("POST", &own, json!({ "profile": { "lastName": "New" } })).await.is_error(400, "E0000001");
    assert!(causes.starts_with("lastName: it is read from the directory `corp` (attribute `sn`)"), "{causes}");
    let more = json!({ "profile": { "mobilePhone": "5" } });
    assert_eq!(server.tell("POST", &own, more).await.is(200)["profile"]["mobilePhone"], "5", "the rest is ours");
    let password = json!({ "credentials": { "password": { "value": "a much better password" } } });
    let causes = server.tell("POST", &own, password).await.is_error(403, "E0000014");
    assert!(causes.contains("the password of the directory `corp`"), "{causes}");
    for step in ["expire_password", "reset_password", "expire_password_with_temp_password"] {
        server.ask("POST", &format!("{own}/lifecycle/{step}")).await.is_error(403, "E0000014");
    }
    let change = json!({ "oldPassword": { "value": "x" }, "newPassword": { "value": "a much better password" } });
    server.tell("POST", &format!("{own}/credentials/change_password"), change).await.is_error(403, "E0000014");
    server.ask("POST", &format!("{own}/lifecycle/suspend")).await.is(200);
    server.ask("POST", &format!("{own}/lifecycle/unsuspend")).await.is(200);
    server.ask("POST", &format!("{own}/lifecycle/deactivate")).await.is(200);
    server.ask("POST", &format!("{own}/lifecycle/activate")).await.is(200);
    assert_eq!(server.ask("GET", &own).await.is(200)["status"], "ACTIVE", "the password is there");

    let own = format!("/api/v1/groups/{group}");
    server.tell("PUT", &own, json!({ "profile": { "name": "x" } })).await.is_error(403, "E0000079");
    server.ask("DELETE", &format!("{own}/users/{ann}")).await.is_error(403, "E0000079");
    server.ask("PUT", &format!("{own}/users/{}", server.root.id)).await.is_error(403, "E0000079");
    let local = server.group("Local").await;
    server.ask("PUT", &format!("{own}/groups/{local}")).await.is_error(403, "E0000079");
    server.ask("PUT", &format!("/api/v1/groups/{local}/groups/{group}")).await.is_empty();
}

#[tokio::test]
async fn people_of_a_directory_without_its_passwords_have_one_here() {
    let server = Server::new().await;
    let (ann, _) = imported(&server).await;
    let corp = server.services.store.directory_by_name("corp").await.unwrap().unwrap();
    let mut body = with(&[("delegatedAuthentication", json!(false))]);
    body.as_object_mut().unwrap().remove("bindPassword");
    server.tell("PUT", &format!("/api/v1/directories/{}", corp.id), body).await.is(200);
    let password = json!({ "credentials": { "password": { "value": "a much better password" } } });
    let user = server.tell("POST", &format!("/api/v1/users/{ann}"), password).await.is(200);
    assert_eq!(user["credentials"]["password"], json!({}));
    assert!(user["_links"].get("resetPassword").is_some());
}

#[tokio::test]
async fn clients_sign_in_with_the_directorys_password_and_are_told_what_is_safe() {
    let server = Server::new().await;
    create(&server).await;
    server.ldap.add_person("Ann", &[("mail", "ann@example.com"), ("givenName", "Ann"), ("sn", "Arrow")]);
    let sign_in = async |password: &str| {
        let body = json!({ "username": "ann@example.com", "password": password });
        server.send(As::Nobody, "POST", "/api/v1/authn", body.to_string()).await
    };
    let done = sign_in(testkit::directory::PASSWORD).await.is(200);
    assert_eq!(
        (&done["status"], &done["_embedded"]["user"]["profile"]["lastName"]),
        (&json!("SUCCESS"), &json!("Arrow"))
    );
    assert_eq!(sign_in("wrong").await.is_error(401, "E0000004"), "");
    server.ldap.refuse("Ann", Some(ports::AuthenticationRefusal::PasswordExpired));
    let told = sign_in(testkit::directory::PASSWORD).await.is_error(401, "E0000004");
    assert!(told.starts_with("Your password has expired."), "{told}");
    server.ldap.fail(Some(domain::directory::DirectoryError::new(
        domain::directory::DirectoryStep::Connect,
        "TIMEOUT",
        "no answer",
        "Wait.",
    )));
    let silent = sign_in(testkit::directory::PASSWORD).await;
    assert_eq!(silent.headers["retry-after"], "30");
    assert!(silent.is_error(503, "E0000010").contains("Try again in a few minutes"));
    let user = server.ask("GET", "/api/v1/users/ann@example.com").await.is(200);
    assert_eq!(user["credentials"]["provider"], json!({ "type": "LDAP", "name": "corp" }));
}
