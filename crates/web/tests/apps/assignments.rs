use http::StatusCode;
use serde_json::json;

use crate::world::{ORIGIN, World, arn};

#[tokio::test]
async fn a_user_is_assigned_read_changed_and_removed() {
    let world = World::new().await;
    let (ann, app) = (world.ann.id.as_str(), world.app.id.as_str());
    let body = json!({
        "id": ann, "scope": "USER", "credentials": {"userName": "ann@example.com"},
        "profile": {"role": null, "samlRoles": ["Reader", "000000000002 -- Admin", arn(1, "Reader")]},
    });
    let made = world.call("POST", &world.path("/users"), Some(body)).await.ok();
    assert_eq!(made["profile"]["samlRoles"], json!([arn(1, "Reader"), arn(2, "Admin")]));
    assert_eq!(made["profile"]["samlRoleLabels"], json!(["[alias-1] - Reader", "[alias-2] - Admin"]));
    assert_eq!(
        (made["id"].as_str(), made["scope"].as_str(), made["status"].as_str()),
        (Some(ann), Some("USER"), Some("ACTIVE"))
    );
    assert_eq!(made["credentials"], json!({"userName": "ann@example.com"}));
    assert_eq!(made["profile"]["email"], "ann@example.com");
    assert_eq!(made["_links"]["user"]["href"], format!("{ORIGIN}/api/v1/users/{ann}"));
    assert_eq!(made["_links"]["app"]["href"], format!("{ORIGIN}/api/v1/apps/{app}"));
    let one = world.path(&format!("/users/{ann}"));
    assert_eq!(world.get(&one).await.ok(), made);
    assert_eq!(world.get(&world.path("/users?limit=10")).await.ok(), json!([made]));
    assert_eq!(world.get(&world.path("/users?q=ANN")).await.ok(), json!([made]));
    assert_eq!(world.get(&world.path("/users?q=bob")).await.ok(), json!([]));
    let back = world.call("POST", &one, Some(made.clone())).await.ok();
    assert_eq!(back, made, "what was read can be written back");
    let changed = world.call("POST", &one, Some(json!({"profile": {"role": "Admin"}}))).await.ok();
    assert_eq!(
        (changed["profile"]["role"].as_str(), changed["profile"]["samlRoles"].as_array().unwrap().len()),
        (Some(arn(1, "Admin").as_str()), 2)
    );
    assert_eq!(world.call("DELETE", &one, None).await.status, StatusCode::NO_CONTENT);
    let gone = world.call("DELETE", &one, None).await;
    assert_eq!((gone.status, gone.error().0.as_str()), (StatusCode::NOT_FOUND, "E0000007"));
    let typed: api::assignment::AppUser = serde_json::from_value(made.clone()).unwrap();
    assert_eq!(serde_json::to_value(typed).unwrap(), made);
}

#[tokio::test]
async fn an_ambiguous_name_is_refused_with_the_candidates() {
    let world = World::new().await;
    let body = json!({"id": world.ann.id.as_str(), "profile": {"samlRoles": ["Deploy", "Nobody"]}});
    let answer = world.call("POST", &world.path("/users"), Some(body)).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let (code, causes) = answer.error();
    assert_eq!(code, "E0000001");
    for part in [arn(2, "Deploy"), arn(3, "Deploy"), "`Nobody`".to_owned(), "profile.samlRoles: ".to_owned()] {
        assert!(causes.contains(&part), "{part} in {causes}");
    }
    let typo = json!({"id": world.ann.id.as_str(), "profile": {"samlRole": ["Admin"]}});
    assert!(world.call("POST", &world.path("/users"), Some(typo)).await.error().1.contains("`samlRole`"));
    let nobody = json!({"id": "00u00000000000000000"});
    assert_eq!(world.call("POST", &world.path("/users"), Some(nobody)).await.error().0, "E0000007");
}

#[tokio::test]
async fn a_group_is_assigned_patched_and_its_members_show_scope_group() {
    let world = World::new().await;
    let one = world.path(&format!("/groups/{}", world.ops.id));
    let made = world.call("PUT", &one, None).await.ok();
    assert_eq!((made["priority"].as_u64(), &made["profile"]["samlRoles"]), (Some(0), &json!([])));
    let body = json!({"priority": 4, "profile": {"role": null, "samlRoles": ["Reader"]}});
    let put = world.call("PUT", &one, Some(body)).await.ok();
    assert_eq!((put["priority"].as_u64(), &put["profile"]["samlRoles"]), (Some(4), &json!([arn(1, "Reader")])));
    assert_eq!(put["_links"]["self"]["href"], format!("{ORIGIN}{one}"));
    let patch = json!([{"op": "replace", "path": "/profile/samlRoles", "value": ["Admin", "[alias-3] - Deploy"]}]);
    let patched = world.call("PATCH", &one, Some(patch)).await.ok();
    assert_eq!(patched["profile"]["samlRoles"], json!([arn(1, "Admin"), arn(3, "Deploy")]));
    assert_eq!(patched["priority"], 4, "what a patch does not name stays");
    assert_eq!(world.get(&one).await.ok(), patched);
    assert_eq!(world.get(&world.path("/groups")).await.ok(), json!([patched]));
    let ann = world.get(&world.path(&format!("/users/{}", world.ann.id))).await.ok();
    assert_eq!(
        (ann["scope"].as_str(), &ann["profile"]["samlRoles"]),
        (Some("GROUP"), &patched["profile"]["samlRoles"])
    );
    assert_eq!(ann["_links"]["group"]["href"], format!("{ORIGIN}/api/v1/groups/{}", world.ops.id));
    assert_eq!(world.get(&world.path("/users")).await.ok(), json!([]));
    let apps = world.get(&format!("/api/v1/groups/{}/apps", world.ops.id)).await.ok();
    assert_eq!(apps[0]["id"], world.app.id.as_str());
    let filter = format!("/api/v1/apps?filter=group.id+eq+%22{}%22", world.ops.id);
    assert_eq!(world.get(&filter).await.ok().as_array().unwrap().len(), 1);
    let bad = json!([{"op": "move", "path": "/id"}]);
    assert_eq!(world.call("PATCH", &one, Some(bad)).await.error().0, "E0000001");
    assert_eq!(world.call("DELETE", &one, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.get(&one).await.status, StatusCode::NOT_FOUND);
    let patch = json!([{"op": "replace", "path": "/priority", "value": 1}]);
    assert_eq!(world.call("PATCH", &one, Some(patch)).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn connectors_read_what_can_be_chosen() {
    let world = World::new().await;
    let types = world.get(&format!("/api/v1/internal/apps/{}/types", world.app.id)).await.ok();
    assert_eq!(types["AWSEnvironmentEnum"][0], "aws.amazon");
    assert_eq!(types["SamlIamRole"].as_array().unwrap().len(), 5);
    assert_eq!(types["SamlIamRole"][0], "[alias-1] - Admin");
}
