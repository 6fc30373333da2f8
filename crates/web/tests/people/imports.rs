//! Imports over the API: begun, looked at, held and let pass, and who waits for a word.

use domain::user::AdminRole;
use serde_json::{Value, json};

use crate::server::{As, Server, machine_token, profile};

/// A directory with Ann, Bob and Cleo, who are in `team`, which is in `role`; its own path.
async fn corp(server: &Server) -> String {
    for name in ["ann", "bob", "cleo"] {
        let mail = format!("{name}@example.com");
        server.ldap.add_person(name, &[("mail", &mail), ("givenName", name), ("sn", "Sample")]);
    }
    server.ldap.add_group("team", &["ann", "bob", "cleo"]);
    server.ldap.add_group("role", &["team"]);
    let settings = json!({
        "name": "corp", "type": "OPENLDAP", "urls": ["ldaps://ldap.example.com"],
        "bindDn": "cn=reader,dc=example,dc=com", "bindPassword": "bind password",
        "people": { "base": "ou=people,dc=example,dc=com" }, "groups": { "base": "ou=groups,dc=example,dc=com" },
    });
    let made = server.tell("POST", "/api/v1/directories", settings).await.is(201);
    format!("/api/v1/directories/{}", made["id"].as_str().unwrap())
}

/// Waits until nothing is under way.
async fn ended(server: &Server) {
    server.services.work.close();
    server.services.work.wait().await;
    server.services.work.reopen();
}

/// Imports; the run at its end.
async fn import(server: &Server, own: &str, body: Value) -> Value {
    server.clock.advance_seconds(60);
    let begun = server.tell("POST", &format!("{own}/import"), body).await.is(202);
    ended(server).await;
    server.ask("GET", &format!("{own}/runs/{}", begun["id"].as_str().unwrap())).await.is(200)
}

async fn logins(server: &Server) -> Vec<String> {
    let users = server.ask("GET", "/api/v1/users").await.is(200);
    let mut logins: Vec<String> =
        users.as_array().unwrap().iter().map(|user| user["profile"]["login"].as_str().unwrap().to_owned()).collect();
    logins.sort();
    logins
}

#[tokio::test]
async fn an_import_is_begun_and_its_run_tells_everything() {
    let server = Server::new().await;
    let own = corp(&server).await;
    let begun = server.ask("POST", &format!("{own}/import")).await.is(202);
    assert_eq!(
        (&begun["status"], &begun["kind"], &begun["dryRun"], &begun["trigger"]),
        (&json!("PENDING"), &json!("full"), &json!(false), &json!("REQUEST"))
    );
    ended(&server).await;
    let runs = server.ask("GET", &format!("{own}/runs")).await.is(200);
    let run = server.ask("GET", &format!("{own}/runs/{}", begun["id"].as_str().unwrap())).await.is(200);
    assert_eq!(runs, json!([run]));
    assert_eq!(run["status"], "SUCCEEDED");
    assert_eq!((&run["people"]["created"], &run["people"]["unchanged"]), (&json!(3), &json!(0)));
    assert_eq!((&run["groups"]["created"], &run["memberships"]["added"]), (&json!(2), &json!(4)));
    assert_eq!((&run["progress"]["peopleRead"], &run["progress"]["groupsRead"]), (&json!(3), &json!(2)));
    assert_eq!((&run["problems"], &run["held"], &run["error"]), (&json!([]), &json!(null), &json!(null)));
    assert!(run["started"].is_string() && run["finished"].is_string());
    let groups = server.ask("GET", "/api/v1/users/ann@example.com/groups").await.is(200);
    let names: Vec<&str> =
        groups.as_array().unwrap().iter().map(|group| group["profile"]["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"team") && names.contains(&"role"), "{names:?}");

    server.ldap.set("bob", "mail", &["robert@example.com"]);
    let run = import(&server, &own, json!({ "kind": "incremental" })).await;
    assert_eq!((&run["kind"], &run["people"]["updated"]), (&json!("incremental"), &json!(1)), "{run}");
    assert_eq!(logins(&server).await[1..], ["cleo@example.com", "robert@example.com", "root@example.com"]);
}

#[tokio::test]
async fn a_dry_run_shows_what_would_come_and_changes_nothing() {
    let server = Server::new().await;
    let own = corp(&server).await;
    let run = import(&server, &own, json!({ "dryRun": true })).await;
    assert_eq!((&run["status"], &run["dryRun"]), (&json!("SUCCEEDED"), &json!(true)));
    assert_eq!((&run["people"]["created"], &run["groups"]["created"]), (&json!(3), &json!(2)));
    assert_eq!(logins(&server).await, ["root@example.com"]);
}

#[tokio::test]
async fn an_import_that_would_empty_everything_waits_for_a_word() {
    let server = Server::new().await;
    let own = corp(&server).await;
    import(&server, &own, json!({})).await;
    for name in ["ann", "bob"] {
        server.ldap.delete(name);
    }
    server.ldap.replace_members("team", &["cleo"]);
    let held = import(&server, &own, json!({})).await;
    assert_eq!(held["status"], "HELD");
    assert_eq!((&held["held"]["people"], &held["held"]["limitPercent"]), (&json!([2, 3]), &json!(20)));
    let examples = held["held"]["examples"].as_array().unwrap();
    assert!(examples.contains(&json!("ann@example.com")), "{examples:?}");
    let run = format!("{own}/runs/{}", held["id"].as_str().unwrap());
    let why = server.tell("POST", &format!("{own}/import"), json!({ "dryRun": true })).await.is_error(403, "E0000079");
    assert!(why.contains("waits for a decision"), "{why}");

    let discarded = server.ask("POST", &format!("{run}/discard")).await.is(200);
    assert_eq!((&discarded["status"], &discarded["error"]["code"]), (&json!("FAILED"), &json!("DISCARDED")));
    let why = server.ask("POST", &format!("{run}/release")).await.is_error(403, "E0000079");
    assert!(why.contains("is not held"), "{why}");
    let active = |user: Value| user["status"] == json!("ACTIVE");
    assert!(active(server.ask("GET", "/api/v1/users/ann@example.com").await.is(200)));

    let held = import(&server, &own, json!({})).await;
    let run = format!("{own}/runs/{}", held["id"].as_str().unwrap());
    let released = server.ask("POST", &format!("{run}/release")).await.is(200);
    assert_eq!((&released["status"], &released["people"]["suspended"]), (&json!("SUCCEEDED"), &json!(2)));
    ended(&server).await;
    assert_eq!(server.ask("GET", "/api/v1/users/ann@example.com").await.is(200)["status"], "SUSPENDED");
    assert!(active(server.ask("GET", "/api/v1/users/cleo@example.com").await.is(200)));
}

#[tokio::test]
async fn whoever_may_be_somebody_waits_and_is_decided_on() {
    let server = Server::new().await;
    let own = corp(&server).await;
    for login in ["ann@example.com", "bob@example.com", "cleo@example.com"] {
        server.tell("POST", "/api/v1/users", json!({ "profile": profile(login) })).await.is(200);
    }
    let run = import(&server, &own, json!({})).await;
    assert_eq!(run["people"]["toConfirm"], 3);
    let first = server.ask("GET", &format!("{own}/matches?limit=2")).await;
    let rest = server.ask("GET", &first.next().unwrap()).await;
    assert_eq!((first.is(200).as_array().unwrap().len(), rest.is(200).as_array().unwrap().len()), (2, 1));
    assert_eq!(rest.next(), None);
    let all = server.ask("GET", &format!("{own}/matches")).await.is(200);
    let of = |name: &str| {
        let login = format!("{name}@example.com");
        let found = all.as_array().unwrap().iter().find(|found| found["person"]["profile"]["login"] == *login).unwrap();
        assert_eq!((&found["why"], &found["candidates"][0]["login"]), (&json!("NAME_DIFFERS"), &json!(login)));
        assert_eq!(found["candidates"][0]["name"], "Test Person");
        format!("{own}/matches/{}", found["entry"].as_str().unwrap())
    };
    let (ann, bob, cleo) = (of("ann"), of("bob"), of("cleo"));
    let is_ann = json!({ "decision": "EXISTING", "userId": "ann@example.com" });
    let decided = server.tell("POST", &ann, is_ann.clone()).await.is(200);
    assert_eq!((&decided["effect"], &decided["user"]["login"]), (&json!("HERE"), &json!("ann@example.com")));
    assert_eq!(server.ask("GET", "/api/v1/users/ann@example.com").await.is(200)["profile"]["firstName"], "ann");
    server.tell("POST", &ann, is_ann.clone()).await.is_error(404, "E0000007");
    server.tell("POST", &bob, is_ann).await.is_error(400, "E0000001");
    server.tell("POST", &bob, json!({ "decision": "EXISTING" })).await.is_error(400, "E0000001");
    server.tell("POST", &bob, json!({ "decision": "NEW" })).await.is_error(400, "E0000001");
    server.tell("POST", &bob, json!({ "decision": "PERHAPS" })).await.is_error(400, "E0000003");
    let decided = server.tell("POST", &bob, json!({ "decision": "IGNORE" })).await.is(200);
    assert_eq!((&decided["effect"], &decided["user"]), (&json!("LEFT_OUT"), &json!(null)));
    server.ask("DELETE", &bob).await.is_empty();
    server.ask("DELETE", &cleo).await.is_error(404, "E0000007");
    let left = server.ask("GET", &format!("{own}/matches")).await.is(200);
    assert_eq!(left.as_array().unwrap().len(), 1, "{left}");
}

#[tokio::test]
async fn what_cannot_be_begun_is_refused_with_a_reason() {
    let server = Server::new().await;
    let own = corp(&server).await;
    let import = format!("{own}/import");
    server.tell("POST", &import, json!({ "kind": "half" })).await.is_error(400, "E0000003");
    server.ask("POST", &format!("{own}/lifecycle/deactivate")).await.is(200);
    let why = server.ask("POST", &import).await.is_error(403, "E0000079");
    assert!(why.contains("activate it first"), "{why}");
    for (method, path) in [
        ("POST", "/api/v1/directories/none/import".to_owned()),
        ("GET", "/api/v1/directories/none/runs".to_owned()),
        ("GET", format!("{own}/runs/none")),
        ("GET", format!("{own}/runs/0ir00000000000000000")),
        ("POST", format!("{own}/runs/0ir00000000000000000/release")),
        ("POST", format!("{own}/runs/none/discard")),
        ("GET", "/api/v1/directories/none/matches".to_owned()),
        ("DELETE", format!("{own}/matches/none")),
    ] {
        server.ask(method, &path).await.is_error(404, "E0000007");
    }
    server.ask("GET", &format!("{own}/matches?after=none")).await.is_error(400, "E0000001");
}

#[tokio::test]
async fn whoever_only_reads_sees_imports_and_begins_none() {
    let server = Server::new().await;
    let own = corp(&server).await;
    let run = import(&server, &own, json!({})).await;
    let token = machine_token(&server.services, "reader", AdminRole::ReadOnlyAdmin).await;
    let reader = As::Authorization(&token);
    let run = format!("{own}/runs/{}", run["id"].as_str().unwrap());
    let ann = server.active("dan@example.com").await;
    let session = server.session(&ann).await;
    for path in [&format!("{own}/runs"), &run, &format!("{own}/matches")] {
        server.send(reader, "GET", path, "").await.is(200);
        server.send(As::Session(&session), "GET", path, "").await.is_error(403, "E0000006");
        server.send(As::Nobody, "GET", path, "").await.is_error(401, "E0000011");
    }
    let entry = format!("{own}/matches/{:032x}", 1);
    for (method, path, body) in [
        ("POST", &format!("{own}/import"), ""),
        ("POST", &format!("{run}/release"), ""),
        ("POST", &format!("{run}/discard"), ""),
        ("POST", &entry, "{\"decision\":\"NEW\"}"),
        ("DELETE", &entry, ""),
    ] {
        server.send(reader, method, path, body).await.is_error(403, "E0000006");
    }
}
