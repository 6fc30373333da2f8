//! Group rules in Okta's shape, from the making to the end.

use serde_json::{Value, json};

use crate::server::{PASSWORD, Server, profile};

fn rule(name: &str, expression: &str, groups: &[&str]) -> Value {
    json!({
        "type": "group_rule",
        "name": name,
        "conditions": {
            "people": { "users": { "exclude": [] }, "groups": { "exclude": [] } },
            "expression": { "value": expression, "type": "urn:okta:expression:1.0" },
        },
        "actions": { "assignUserToGroups": { "groupIds": groups } },
    })
}

async fn create(server: &Server, name: &str, expression: &str, groups: &[&str]) -> String {
    let made = server.tell("POST", "/api/v1/groups/rules", rule(name, expression, groups)).await.is(200);
    made["id"].as_str().unwrap().to_owned()
}

async fn activate(server: &Server, id: &str) {
    server.ask("POST", &format!("/api/v1/groups/rules/{id}/lifecycle/activate")).await.is_empty();
}

/// Somebody with a department.
async fn person(server: &Server, login: &str, department: &str) -> String {
    let mut profile = profile(login);
    profile["department"] = department.into();
    let body = json!({ "profile": profile, "credentials": { "password": { "value": PASSWORD } } });
    server.tell("POST", "/api/v1/users", body).await.is(200)["id"].as_str().unwrap().to_owned()
}

/// Logins of the people in a group, sorted.
async fn members(server: &Server, group: &str) -> Vec<String> {
    let found = server.ask("GET", &format!("/api/v1/groups/{group}/users")).await.is(200);
    let login = |user: &Value| user["profile"]["login"].as_str().unwrap().split('@').next().unwrap().to_owned();
    let mut logins: Vec<String> = found.as_array().unwrap().iter().map(login).collect();
    logins.sort_unstable();
    logins
}

async fn move_to(server: &Server, user: &str, department: &str) {
    let body = json!({ "profile": { "department": department } });
    server.tell("POST", &format!("/api/v1/users/{user}"), body).await.is(200);
}

#[tokio::test]
async fn a_rule_has_oktas_shape_and_begins_inactive() {
    let server = Server::new().await;
    let group = server.group("Sales").await;
    let made =
        server.tell("POST", "/api/v1/groups/rules", rule("Sales", r#"user.department == "Sales""#, &[&group])).await;
    let made = made.is(200);
    let id = made["id"].as_str().unwrap();
    assert!(id.starts_with("0pr") && id.len() == 20);
    assert_eq!(
        (&made["type"], &made["status"], &made["allGroupsValid"]),
        (&json!("group_rule"), &json!("INACTIVE"), &json!(true))
    );
    assert_eq!(made["conditions"], rule("", r#"user.department == "Sales""#, &[])["conditions"]);
    assert_eq!(made["actions"]["assignUserToGroups"]["groupIds"], json!([group]));
    assert_eq!(server.ask("GET", &format!("/api/v1/groups/rules/{id}")).await.is(200), made);
    create(&server, "Another", "user.login != null", &[&group]).await;
    let first = server.ask("GET", "/api/v1/groups/rules?limit=1").await;
    let second = server.ask("GET", &first.next().unwrap()).await;
    assert_eq!((first.is(200).as_array().unwrap().len(), second.next()), (1, None));
    let found = server.ask("GET", "/api/v1/groups/rules?search=sal").await.is(200);
    assert_eq!((found.as_array().unwrap().len(), &found[0]["id"]), (1, &json!(id)));
}

#[tokio::test]
async fn people_come_and_go_as_their_profiles_change() {
    let server = Server::new().await;
    let group = server.group("Sales").await;
    let ann = person(&server, "ann@example.com", "Sales").await;
    let bob = person(&server, "bob@example.com", "Operations").await;
    let id = create(&server, "Sales", r#"user.department == "Sales""#, &[&group]).await;
    assert!(members(&server, &group).await.is_empty(), "inactive");
    activate(&server, &id).await;
    activate(&server, &id).await;
    assert_eq!(members(&server, &group).await, ["ann"]);
    move_to(&server, &bob, "Sales").await;
    move_to(&server, &ann, "Operations").await;
    assert_eq!(members(&server, &group).await, ["bob"]);
    person(&server, "cleo@example.com", "Sales").await;
    assert_eq!(members(&server, &group).await, ["bob", "cleo"], "newcomers too");
    server.ask("POST", &format!("/api/v1/users/{bob}/lifecycle/deactivate")).await.is(200);
    assert_eq!(members(&server, &group).await, ["cleo"]);

    server.ask("POST", &format!("/api/v1/groups/rules/{id}/lifecycle/deactivate")).await.is_empty();
    move_to(&server, &ann, "Sales").await;
    assert_eq!(members(&server, &group).await, ["cleo"], "switched off: as they were");
    let log =
        server.ask("GET", "/api/v1/logs?filter=eventType%20sw%20%22group.user_membership%22&limit=100").await.is(200);
    let by_rule =
        log.as_array().unwrap().iter().filter(|event| event["eventType"] == "group.user_membership.add").count();
    assert_eq!(by_rule, 3, "{log}");
    let removed =
        log.as_array().unwrap().iter().find(|event| event["eventType"] == "group.user_membership.remove").unwrap();
    assert_eq!(removed["target"].as_array().unwrap().last().unwrap()["displayName"], "Sales");
}

#[tokio::test]
async fn memberships_by_hand_outlive_every_rule() {
    let server = Server::new().await;
    let group = server.group("Sales").await;
    let ann = person(&server, "ann@example.com", "Sales").await;
    person(&server, "bob@example.com", "Sales").await;
    server.ask("PUT", &format!("/api/v1/groups/{group}/users/{ann}")).await.is_empty();
    let id = create(&server, "Sales", r#"user.department == "Sales""#, &[&group]).await;
    activate(&server, &id).await;
    move_to(&server, &ann, "Operations").await;
    assert_eq!(members(&server, &group).await, ["ann", "bob"]);
    let own = format!("/api/v1/groups/rules/{id}");
    server.ask("DELETE", &own).await.is_error(403, "E0000079");
    server.ask("POST", &format!("{own}/lifecycle/deactivate")).await.is_empty();
    assert_eq!(server.ask("DELETE", &format!("{own}?removeUsers=true")).await.status, 202);
    assert_eq!(members(&server, &group).await, ["ann"]);
    server.ask("GET", &own).await.is_error(404, "E0000007");
}

#[tokio::test]
async fn a_removed_rule_may_leave_its_people() {
    let server = Server::new().await;
    let group = server.group("Sales").await;
    let ann = person(&server, "ann@example.com", "Sales").await;
    let id = create(&server, "Sales", r#"user.department == "Sales""#, &[&group]).await;
    activate(&server, &id).await;
    server.ask("POST", &format!("/api/v1/groups/rules/{id}/lifecycle/deactivate")).await.is_empty();
    assert_eq!(server.ask("DELETE", &format!("/api/v1/groups/rules/{id}")).await.status, 202);
    move_to(&server, &ann, "Operations").await;
    assert_eq!(members(&server, &group).await, ["ann"]);
}

#[tokio::test]
async fn whom_somebody_takes_out_is_not_put_back() {
    let server = Server::new().await;
    let group = server.group("Sales").await;
    let ann = person(&server, "ann@example.com", "Sales").await;
    let id = create(&server, "Sales", r#"user.department == "Sales""#, &[&group]).await;
    let twin = create(&server, "Sal", r#"String.startsWith(user.department, "Sal")"#, &[&group]).await;
    activate(&server, &id).await;
    activate(&server, &twin).await;
    server.ask("DELETE", &format!("/api/v1/groups/{group}/users/{ann}")).await.is_empty();
    assert!(members(&server, &group).await.is_empty());
    for id in [&id, &twin] {
        let rule = server.ask("GET", &format!("/api/v1/groups/rules/{id}")).await.is(200);
        assert_eq!(rule["conditions"]["people"]["users"]["exclude"], json!([ann]));
    }
    move_to(&server, &ann, "Sales").await;
    assert!(members(&server, &group).await.is_empty());
    let log =
        server.ask("GET", "/api/v1/logs?filter=eventType%20eq%20%22group.user_membership.rule.add_exclusion%22").await;
    assert_eq!(log.is(200).as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_two_rules_want_stays_until_neither_does() {
    let server = Server::new().await;
    let group = server.group("Sales").await;
    let ann = person(&server, "ann@example.com", "Sales").await;
    let first = create(&server, "A", r#"user.department == "Sales""#, &[&group]).await;
    let second = create(&server, "B", r#"String.startsWith(user.department, "Sal")"#, &[&group]).await;
    activate(&server, &second).await;
    activate(&server, &first).await;
    move_to(&server, &ann, "Salt mining").await;
    assert_eq!(members(&server, &group).await, ["ann"], "one still wants her");
    move_to(&server, &ann, "Sales").await;
    server.ask("POST", &format!("/api/v1/groups/rules/{second}/lifecycle/deactivate")).await.is_empty();
    server.ask("DELETE", &format!("/api/v1/groups/rules/{second}?removeUsers=true")).await;
    assert_eq!(members(&server, &group).await, ["ann"], "the other one does now");
    move_to(&server, &ann, "Salt mining").await;
    assert!(members(&server, &group).await.is_empty());
}

#[tokio::test]
async fn rules_ask_for_groups_but_not_for_what_rules_did() {
    let server = Server::new().await;
    let (base, reached, chain) =
        (server.group("aws#base").await, server.group("Reached").await, server.group("Chain").await);
    let (outer, ann) = (server.group("Outer").await, person(&server, "ann@example.com", "Sales").await);
    let feed = create(
        &server,
        "Feed",
        r#"isMemberOfGroupNameStartsWith("aws#") or isMemberOfGroupName("Outer")"#,
        &[&reached],
    )
    .await;
    let follow = create(&server, "Follow", r#"isMemberOfGroupName("Reached")"#, &[&chain]).await;
    activate(&server, &feed).await;
    activate(&server, &follow).await;
    server.ask("PUT", &format!("/api/v1/groups/{base}/users/{ann}")).await.is_empty();
    assert_eq!(members(&server, &reached).await, ["ann"], "at once");
    assert!(members(&server, &chain).await.is_empty(), "a rule's work feeds no rule");
    server.ask("DELETE", &format!("/api/v1/groups/{base}/users/{ann}")).await.is_empty();
    assert!(members(&server, &reached).await.is_empty());

    let inner = server.group("Inner").await;
    server.ask("PUT", &format!("/api/v1/groups/{inner}/users/{ann}")).await.is_empty();
    server.ask("PUT", &format!("/api/v1/groups/{outer}/groups/{inner}")).await.is_empty();
    assert_eq!(members(&server, &reached).await, ["ann"], "through nesting");
    server.tell("PUT", &format!("/api/v1/groups/{outer}"), json!({ "profile": { "name": "Other" } })).await.is(200);
    assert!(members(&server, &reached).await.is_empty(), "it is called otherwise now");
}

#[tokio::test]
async fn a_preview_shows_who_would_come_and_go() {
    let server = Server::new().await;
    let group = server.group("Sales").await;
    let ann = person(&server, "ann@example.com", "Sales").await;
    let bob = person(&server, "bob@example.com", "Sales").await;
    let cleo = person(&server, "cleo@example.com", "Operations").await;
    server.ask("PUT", &format!("/api/v1/groups/{group}/users/{bob}")).await.is_empty();
    let unsaved = rule("x", r#"user.department == "Sales""#, &[&group]);
    let preview = server.tell("POST", "/api/v1/groups/rules/preview", unsaved).await.is(200);
    assert_eq!(
        (&preview["matched"], &preview["already"], &preview["leave"]["count"]),
        (&json!(2), &json!(1), &json!(0))
    );
    let joining = json!({ "userId": ann, "login": "ann@example.com", "groupId": group });
    assert_eq!(preview["join"], json!({ "count": 1, "some": [joining] }));
    assert_eq!(members(&server, &group).await, ["bob"], "nothing was done");

    let id = create(&server, "Sales", r#"user.department == "Sales""#, &[&group]).await;
    activate(&server, &id).await;
    let own = format!("/api/v1/groups/rules/{id}/preview");
    let same = server.ask("POST", &own).await.is(200);
    assert_eq!((&same["join"]["count"], &same["leave"]["count"]), (&json!(0), &json!(0)));
    let changed =
        server.tell("POST", &own, rule("Sales", r#"user.department == "Operations""#, &[&group])).await.is(200);
    assert_eq!(changed["join"]["some"][0]["userId"], cleo);
    assert_eq!(changed["leave"]["some"], json!([joining]));
}

#[tokio::test]
async fn what_is_no_rule_is_refused_by_field() {
    let server = Server::new().await;
    let group = server.group("Sales").await;
    let refused = |body: Value| {
        let server = &server;
        async move { server.tell("POST", "/api/v1/groups/rules", body).await.is_error(400, "E0000001") }
    };
    let causes = refused(rule(&"x".repeat(51), "user.department = 5", &[])).await;
    for field in ["name: ", "conditions.expression.value: `=`", "actions.assignUserToGroups.groupIds: "] {
        assert!(causes.lines().any(|line| line.starts_with(field)), "{field} in {causes}");
    }
    refused(json!({})).await;
    let mut other = rule("x", "user.a == 1", &[&group]);
    other["type"] = "policy".into();
    other["conditions"]["people"]["groups"]["exclude"] = json!([group]);
    let causes = refused(other).await;
    assert!(causes.contains("type: ") && causes.contains("conditions.people.groups.exclude: "), "{causes}");
    let gone = rule("x", "user.a == 1", &["00gAAAAAAAAAAAAAAAAA"]);
    server.tell("POST", "/api/v1/groups/rules", gone).await.is_error(404, "E0000007");
    let id = create(&server, "Twin", "user.a == 1", &[&group]).await;
    let causes = refused(rule("TWIN", "user.a == 1", &[&group])).await;
    assert!(causes.starts_with("name: "), "{causes}");
    activate(&server, &id).await;
    let put = server.tell("PUT", &format!("/api/v1/groups/rules/{id}"), rule("Twin", "user.a == 2", &[&group])).await;
    assert!(put.is_error(403, "E0000079").contains("deactivate it first"));
}

#[tokio::test]
async fn a_rule_whose_group_is_removed_says_so_and_counts_no_more() {
    let server = Server::new().await;
    let (group, other) = (server.group("Sales").await, server.group("Other").await);
    person(&server, "ann@example.com", "Sales").await;
    let id = create(&server, "Sales", r#"user.department == "Sales""#, &[&group, &other]).await;
    activate(&server, &id).await;
    server.ask("DELETE", &format!("/api/v1/groups/{group}")).await.is_empty();
    let own = format!("/api/v1/groups/rules/{id}");
    let rule_now = server.ask("GET", &own).await.is(200);
    assert_eq!((&rule_now["status"], &rule_now["allGroupsValid"]), (&json!("INVALID"), &json!(false)));
    server.ask("POST", &format!("{own}/lifecycle/activate")).await.is_error(403, "E0000079");
    server.tell("PUT", &own, rule("Sales", r#"user.department == "Sales""#, &[&other])).await.is(200);
    activate(&server, &id).await;
    assert_eq!(members(&server, &other).await, ["ann"]);
}
