//! `POST /api/v1/apps/{id}/aws/mapping/test`, and group mapping over the API.

use http::StatusCode;
use serde_json::{Value, json};

use crate::world::World;

const FILTER: &str = r"aws_(?{{accountid}}\d+)_(?{{role}}\w+)";
const PATTERN: &str = "arn:aws:iam::${accountid}:saml-provider/Okta,arn:aws:iam::${accountid}:role/${role}";

/// A group of this name with Ann in it.
async fn group(world: &World, name: &str) -> String {
    let made = world.call("POST", "/api/v1/groups", Some(json!({"profile": {"name": name}}))).await.ok();
    let id = made["id"].as_str().unwrap().to_owned();
    let answer = world.call("PUT", &format!("/api/v1/groups/{id}/users/{}", world.ann.id), None).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text);
    id
}

/// Ann in role groups of two schemes, one of which is assigned.
async fn world() -> World {
    let world = World::new().await;
    for name in ["aws_000000000001_Admin", "aws_000000000001_Nobody", "aws_1_Admin", "Everyone"] {
        let id = group(&world, name).await;
        if name == "Everyone" {
            let path = format!("/api/v1/apps/{}/groups/{id}", world.app.id);
            world.call("PUT", &path, Some(json!({}))).await.ok();
        }
    }
    world
}

async fn tried(world: &World, body: Value) -> Value {
    world.call("POST", &format!("/api/v1/apps/{}/aws/mapping/test", world.app.id), Some(body)).await.ok()
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|outcome| outcome["groupName"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_test_answers_matches_misses_gains_and_saves_nothing() {
    let world = world().await;
    let answer = tried(&world, json!({"groupFilter": FILTER, "roleValuePattern": PATTERN})).await;
    assert_eq!(answer["valid"], true);
    assert_eq!(names(&answer["matches"]), ["aws_000000000001_Admin", "aws_000000000001_Nobody"]);
    let codes: Vec<&str> =
        answer["nearMisses"].as_array().unwrap().iter().map(|one| one["miss"]["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["role_not_discovered", "account_id"], "{}", answer["nearMisses"]);
    assert_eq!(answer["totals"]["groups"], 5);
    assert_eq!(answer["totals"]["people"], 1);
    let saved = world.get(&format!("/api/v1/apps/{}", world.app.id)).await.ok();
    assert_eq!(saved["settings"]["app"]["useGroupMapping"], false);
}

#[tokio::test]
async fn samples_and_one_person_are_shown() {
    let world = world().await;
    let body = json!({"groupFilter": FILTER, "roleValuePattern": PATTERN, "user": "ann@example.com",
        "sampleGroups": ["AWS_000000000001_Admin", "aws_000000000009_Any"]});
    let answer = tried(&world, body).await;
    assert_eq!(answer["samples"][0]["miss"]["code"], "name_case");
    assert_eq!(answer["samples"][1]["role"], "arn:aws:iam::000000000009:role/Any");
    assert_eq!(answer["samples"][1]["groupId"], Value::Null);
    assert_eq!(answer["person"]["user"]["login"], "ann@example.com");
    assert_eq!(answer["person"]["before"], json!([]));
    let after = &answer["person"]["after"][0];
    assert_eq!(after["reasons"][0]["type"], "MAPPING");
    assert_eq!(after["reasons"][0]["captured"], json!({"accountid": "000000000001", "role": "Admin"}));
}

#[tokio::test]
async fn settings_that_cannot_be_used_are_answered_and_bodies_that_are_wrong_refused() {
    let world = world().await;
    let answer = tried(&world, json!({"groupFilter": "aws_(?{{role}}\\w+)"})).await;
    assert_eq!((&answer["valid"], &answer["errors"][0]["code"]), (&json!(false), &json!("role_value_unknown_part")));
    assert_eq!(answer["errors"][0]["field"], "roleValuePattern");
    let path = format!("/api/v1/apps/{}/aws/mapping/test", world.app.id);
    for (body, part) in [
        (json!({"groupfilter": "x"}), "groupfilter"),
        (json!({"limit": 5000}), "limit"),
        (json!({"after": "nobody"}), "after"),
        (json!({"groupFilter": 1}), "groupFilter"),
    ] {
        let answer = world.call("POST", &path, Some(body)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.error().1.contains(part), "{}", answer.text);
    }
    let unknown = world.call("POST", &path, Some(json!({"user": "nobody@example.com"}))).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let nowhere = world.call("POST", "/api/v1/apps/0oa00000000000000000/aws/mapping/test", None).await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_saved_mapping_gives_roles_with_their_reasons() {
    let world = world().await;
    let mut app = world.get(&format!("/api/v1/apps/{}", world.app.id)).await.ok();
    let settings = app["settings"]["app"].as_object_mut().unwrap();
    settings.insert("useGroupMapping".to_owned(), json!(true));
    settings.insert("groupFilter".to_owned(), json!(FILTER));
    settings.insert("roleValuePattern".to_owned(), json!(PATTERN));
    world.call("PUT", &format!("/api/v1/apps/{}", world.app.id), Some(app)).await.ok();
    let has = world.get(&format!("/api/v1/apps/{}/aws/entitlements?user=ann@example.com", world.app.id)).await.ok();
    let roles: Vec<&str> = has.as_array().unwrap().iter().map(|one| one["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["arn:aws:iam::000000000001:role/Admin", "arn:aws:iam::000000000001:role/Nobody"]);
    assert_eq!(has[0]["reasons"][0]["groupName"], "aws_000000000001_Admin");
    assert_eq!(has[1]["usability"]["refusal"]["code"], "role_not_discovered");
}
