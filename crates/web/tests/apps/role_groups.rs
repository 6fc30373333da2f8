//! `/api/v1/apps/{id}/aws/role-groups…`: the difference, its application, files out and in.

use domain::{Directory, user::AdminRole};
use http::{StatusCode, header};
use serde_json::{Value, json};
use testkit::sample;
use usecases::Caller;

use crate::world::{World, arn, token};

const OU: &str = "ou=groups,dc=example,dc=com";

fn path(world: &World, rest: &str) -> String {
    world.path(&format!("/aws/role-groups{rest}"))
}

/// A directory in memory, known to the server.
async fn directory(world: &World) -> Directory {
    let directory = sample::directory("corp");
    let mut unit = world.services.store.begin().await.unwrap();
    unit.insert_directory(&directory).await.unwrap();
    unit.commit().await.unwrap();
    directory
}

fn into_directory(directory: &Directory) -> Value {
    json!({ "target": { "type": "DIRECTORY", "directory": directory.id, "ou": OU } })
}

fn local() -> Value {
    json!({ "target": { "type": "LOCAL" } })
}

async fn diff(world: &World, body: &Value) -> Value {
    world.call("POST", &path(world, "/diff"), Some(body.clone())).await.ok()
}

/// Applies what `shown` said.
async fn push(world: &World, body: &Value, shown: &Value) -> crate::world::Answer {
    let mut body = body.clone();
    body["digest"] = shown["digest"].clone();
    world.call("POST", &path(world, "/push"), Some(body)).await
}

fn names<'a>(list: &'a Value, key: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|one| one[key].as_str().unwrap()).collect()
}

/// Events of group push and of groups: type, outcome, group.
async fn logged(world: &World, kind: &str) -> Vec<(String, String)> {
    let found = world.get(&format!("/api/v1/logs?filter=eventType+sw+%22{kind}%22")).await.ok();
    let event = |event: &Value| {
        let group = event["target"].as_array().unwrap().iter().find(|one| one["type"] != "AppInstance").unwrap();
        let outcome = event["outcome"]["result"].as_str().unwrap();
        (
            format!("{} {outcome}", event["eventType"].as_str().unwrap()),
            group["displayName"].as_str().unwrap().to_owned(),
        )
    };
    found.as_array().unwrap().iter().map(event).collect()
}

#[tokio::test]
async fn a_difference_is_shown_then_applied_then_empty() {
    let world = World::new().await;
    let directory = directory(&world).await;
    world.ldap.add_person("Ann", &[("mail", "ann@example.com")]);
    world.ldap.add_group("aws#alias-1#Admin#000000000001", &["Ann"]);
    world.ldap.add_group("aws#alias-1#Gone#000000000001", &["Ann"]);
    world.ldap.add_group("Cloud Admins", &["Ann"]);
    let body = into_directory(&directory);
    let shown = diff(&world, &body).await;
    assert_eq!(
        names(&shown["create"], "name"),
        [
            "aws#alias-1#Reader#000000000001",
            "aws#alias-2#Admin#000000000002",
            "aws#alias-2#Deploy#000000000002",
            "aws#alias-3#Deploy#000000000003"
        ]
    );
    assert_eq!(
        shown["create"][0],
        json!({ "name": "aws#alias-1#Reader#000000000001", "role": arn(1, "Reader"),
                "description": "AWS role Reader in Account 1 (000000000001)" })
    );
    assert_eq!(
        shown["describe"],
        json!([{ "name": "aws#alias-1#Admin#000000000001", "place": format!("cn=aws#alias-1#Admin#000000000001,{OU}"),
                 "from": "", "to": "AWS role Admin in Account 1 (000000000001)" }])
    );
    let orphan = &shown["orphaned"][0];
    assert_eq!(
        (&orphan["name"], &orphan["code"], &orphan["hasMembers"], &orphan["source"]),
        (&json!("aws#alias-1#Gone#000000000001"), &json!("role_gone"), &json!(true), &json!("corp"))
    );
    assert_eq!((shown["orphaned"].as_array().unwrap().len(), &shown["unchanged"]), (1, &json!(0)));
    assert_eq!(names(&shown["notes"], "code"), ["mapping_off", "name_not_read", "source_not_admitted"]);

    let done = push(&world, &body, &shown).await.ok();
    assert_eq!(done["stopped"], Value::Null);
    let kinds: Vec<&str> = names(&done["changes"], "kind");
    assert_eq!(kinds, ["CREATE", "CREATE", "CREATE", "CREATE", "DESCRIBE"]);
    assert!(done["changes"].as_array().unwrap().iter().all(|change| change["error"].is_null()), "{done}");
    let after = diff(&world, &body).await;
    assert_eq!((&after["create"], &after["describe"], &after["unchanged"]), (&json!([]), &json!([]), &json!(5)));
    assert_eq!(after["orphaned"], shown["orphaned"], "nothing is removed, nobody taken out");
    let logged = logged(&world, "application.provision.group_push").await;
    assert_eq!(logged.len(), 5);
    assert_eq!(
        logged[4],
        ("application.provision.group_push.updated SUCCESS".to_owned(), "aws#alias-1#Admin#000000000001".to_owned())
    );
}

#[tokio::test]
async fn orphans_go_only_on_request_and_another_app_s_groups_never() {
    let world = World::new().await;
    let directory = directory(&world).await;
    world.ldap.add_group("aws#alias-1#Gone#000000000001", &[]);
    world.ldap.add_group("aws#alias-7#Theirs#000000000007", &[]);
    let other = sample::app("Other");
    let mut unit = world.services.store.begin().await.unwrap();
    unit.insert_app(&other).await.unwrap();
    let account = sample::aws_account(&other, 7);
    let roles = [sample::aws_role(&account, "Theirs")];
    unit.put_account_reading(&account, &roles, sample::NOW).await.unwrap();
    unit.commit().await.unwrap();

    let mut body = into_directory(&directory);
    let kept = diff(&world, &body).await;
    body["deleteOrphaned"] = json!(true);
    let shown = diff(&world, &body).await;
    assert_ne!(kept["digest"], shown["digest"]);
    assert_eq!(push(&world, &body, &kept).await.error().0, "E0000079", "what was shown removes nothing");
    assert_eq!(names(&shown["orphaned"], "name"), ["aws#alias-1#Gone#000000000001"]);
    let done = push(&world, &body, &shown).await.ok();
    let last = done["changes"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["kind"], &last["name"]), (&json!("DELETE"), &json!("aws#alias-1#Gone#000000000001")));
    assert_eq!(diff(&world, &body).await["orphaned"], json!([]));
    world.ldap.id("aws#alias-7#Theirs#000000000007");
}

#[tokio::test]
async fn a_difference_that_is_out_of_date_is_refused_and_nothing_written() {
    let world = World::new().await;
    let directory = directory(&world).await;
    let body = into_directory(&directory);
    let shown = diff(&world, &body).await;
    world.ldap.add_group("aws#alias-1#Admin#000000000001", &[]);
    let (code, causes) = push(&world, &body, &shown).await.error();
    assert_eq!(code, "E0000079");
    assert!(causes.contains("nothing was written; look at the difference again"), "{causes}");
    let elsewhere =
        json!({ "target": { "type": "DIRECTORY", "directory": directory.id, "ou": "ou=away,dc=example,dc=com" } });
    let fresh = diff(&world, &elsewhere).await;
    assert_eq!(push(&world, &local(), &fresh).await.error().0, "E0000079", "the place belongs to what was shown");
    assert_eq!(logged(&world, "application.provision").await, []);
}

#[tokio::test]
async fn a_directory_that_cannot_be_asked_and_an_ou_that_is_not_there_are_told_apart() {
    let world = World::new().await;
    let directory = directory(&world).await;
    let body = into_directory(&directory);
    let shown = diff(&world, &body).await;
    world.ldap.fail(Some(domain::directory::DirectoryError::new(
        domain::directory::DirectoryStep::Connect,
        "CONNECTION_REFUSED",
        "nobody is there",
        "Start it.",
    )));
    let (code, causes) = push(&world, &body, &shown).await.error();
    assert_eq!(code, "E0000079");
    assert!(
        causes.contains("the directory `corp` did not do it (connect): CONNECTION_REFUSED: nobody is there; Start it."),
        "{causes}"
    );
    let missing =
        json!({ "target": { "type": "DIRECTORY", "directory": directory.id, "ou": "ou=nowhere,dc=example,dc=com" } });
    world.ldap.fail(None);
    let (code, causes) = world.call("POST", &path(&world, "/diff"), Some(missing)).await.error();
    assert_eq!(code, "E0000001");
    assert!(causes.starts_with("target.ou: noSuchObject"), "{causes}");
}

#[tokio::test]
async fn local_groups_are_made_described_and_removed_in_one_transaction() {
    let world = World::new().await;
    let body = json!({ "target": { "type": "LOCAL" }, "template": "aws_${accountid}_${role}", "description": "" });
    let shown = diff(&world, &body).await;
    assert_eq!(shown["create"].as_array().unwrap().len(), 5);
    assert_eq!(names(&shown["notes"], "code"), ["mapping_off"], "the default group filter reads these names");
    push(&world, &body, &shown).await.ok();
    let described = json!({ "target": { "type": "LOCAL" }, "template": "aws_${accountid}_${role}", "description": "${role} of ${account}" });
    let shown = diff(&world, &described).await;
    assert_eq!((shown["create"].as_array().unwrap().len(), shown["describe"].as_array().unwrap().len()), (0, 5));
    push(&world, &described, &shown).await.ok();
    let mut unit = world.services.store.begin().await.unwrap();
    let account = sample::aws_account(&world.app, 3);
    unit.put_account_reading(&account, &[], sample::NOW).await.unwrap();
    unit.commit().await.unwrap();
    let removing = json!({ "target": { "type": "LOCAL" }, "template": "aws_${accountid}_${role}", "description": "", "deleteOrphaned": true });
    let shown = diff(&world, &removing).await;
    assert_eq!(names(&shown["orphaned"], "name"), ["aws_000000000003_Deploy"]);
    assert_eq!(shown["orphaned"][0]["hasMembers"], false);
    push(&world, &removing, &shown).await.ok();
    let logged = logged(&world, "group.").await;
    let count = |kind: &str| logged.iter().filter(|(event, _)| event.starts_with(kind)).count();
    let counts = (count("group.lifecycle.create"), count("group.profile.update"), count("group.lifecycle.delete"));
    assert_eq!(counts, (5, 5, 1));
    let now = world.get(&path(&world, "?template=aws_%24%7Baccountid%7D_%24%7Brole%7D")).await.ok();
    assert_eq!(now, json!({ "present": 4, "missing": [], "orphaned": [] }));
}

#[tokio::test]
async fn what_is_missing_and_orphaned_is_told_without_asking_the_directory() {
    let world = World::new().await;
    let group = json!({ "profile": { "name": "aws#old-alias#Admin#000000000001" } });
    world.call("POST", "/api/v1/groups", Some(group)).await.ok();
    let now = world.get(&path(&world, "")).await.ok();
    assert_eq!((&now["present"], now["missing"].as_array().unwrap().len()), (&json!(0), 5));
    let orphan = &now["orphaned"][0];
    assert_eq!((&orphan["code"], &orphan["source"]), (&json!("renamed"), &json!("okta")));
    assert!(orphan["explanation"].as_str().unwrap().contains("`aws#alias-1#Admin#000000000001`"), "{orphan}");
}

#[tokio::test]
async fn files_are_exported_in_three_formats() {
    let world = World::new().await;
    let csv = world.get(&path(&world, "/export")).await;
    assert_eq!(csv.headers[header::CONTENT_TYPE], "text/csv; charset=utf-8; header=present");
    assert_eq!(csv.headers[header::CONTENT_DISPOSITION], "attachment; filename=\"role-groups.csv\"");
    assert_eq!(csv.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    assert_eq!(csv.text.lines().count(), 6);
    let ou = "ou=aws%2Cdc%3Dexample%2Cdc%3Dcom";
    let ldif = world.get(&path(&world, &format!("/export?format=ldif&ou={ou}"))).await;
    assert!(ldif.text.contains("\ndn: cn=aws#alias-1#Admin#000000000001,ou=aws,dc=example,dc=com\n"), "{}", ldif.text);
    let script = world.get(&path(&world, &format!("/export?format=powershell&ou={ou}"))).await;
    assert!(script.text.contains("New-ADGroup -Name 'aws#alias-1#Admin#000000000001'"), "{}", script.text);
    for (query, part) in [
        ("format=xml", "`xml` is not a format"),
        ("format=ldif", "name the OU"),
        ("format=ldif&ou=aws", "`aws` is not a distinguished name"),
        ("template=aws", "must hold `${role}` and `${accountid}`"),
    ] {
        let (code, causes) = world.get(&path(&world, &format!("/export?{query}"))).await.error();
        assert!(code == "E0000001" && causes.contains(part), "{query}: {causes}");
    }
}

#[tokio::test]
async fn a_csv_file_makes_groups_and_puts_management_groups_into_them() {
    let world = World::new().await;
    let import = path(&world, "/import");
    let file = "\u{feff}name,description,managementGroups\r\naws#alias-1#Admin#000000000001,Admins,ops\r\n";
    let tried = world.call_as(&world.token, "POST", &format!("{import}?dryRun=true"), file).await.ok();
    let says = |dry: bool| {
        json!({ "dryRun": dry, "created": ["aws#alias-1#Admin#000000000001"], "described": [], "unchanged": 0,
                "linked": [{ "managementGroup": "ops", "roleGroup": "aws#alias-1#Admin#000000000001" }] })
    };
    assert_eq!(tried, says(true));
    assert_eq!(logged(&world, "group.").await, [], "nothing was written");
    let done = world.call_as(&world.token, "POST", &import, file).await.ok();
    assert_eq!(done, says(false));
    let again = world.call_as(&world.token, "POST", &import, file).await.ok();
    assert_eq!((&again["created"], &again["linked"], &again["unchanged"]), (&json!([]), &json!([]), &json!(1)));
    let group = world.get("/api/v1/groups?q=aws%23").await.ok();
    let members = world.get(&format!("/api/v1/groups/{}/users", group[0]["id"].as_str().unwrap())).await.ok();
    assert_eq!(members[0]["profile"]["login"], "ann@example.com");
    assert_eq!(logged(&world, "group.").await.len(), 2);
}

#[tokio::test]
async fn a_file_with_mistakes_changes_nothing_and_names_every_line() {
    let world = World::new().await;
    let import = path(&world, "/import");
    let file = "name,managementGroups\nA,ops\nB,nobody;A\n,ops\n";
    let answer = world.call_as(&world.token, "POST", &import, file).await;
    assert!(answer.error().1.starts_with("line 4: "), "{}", answer.text);
    let file = "name,managementGroups\nA,ops;B\nB,nobody;A\n";
    let (code, causes) = world.call_as(&world.token, "POST", &import, file).await.error();
    assert_eq!(code, "E0000001");
    assert_eq!(
        causes,
        "line 3: no group is named `nobody`: make it first, or give it a row of its own\n\
         line 3: `A` cannot be put into `B`, which is in it already or is the same"
    );
    for (file, part) in
        [("name;x\n", "this one is `name;x`"), ("groupName\n", "this one is `groupName`"), ("", "this one is ``")]
    {
        let (_, causes) = world.call_as(&world.token, "POST", &import, file).await.error();
        assert!(causes.contains(part), "{causes}");
    }
    let large = world.call_as(&world.token, "POST", &import, vec![b'a'; 16 * 1024 * 1024 + 1]).await;
    assert_eq!((large.status, large.error().0.as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "E0000003"));
    assert_eq!(logged(&world, "group.").await, []);
}

#[tokio::test]
async fn who_may_only_read_sees_differences_and_writes_nothing() {
    let world = World::new().await;
    let directory = directory(&world).await;
    let reader = token(&world.services, AdminRole::ReadOnlyAdmin).await;
    let body = into_directory(&directory);
    let shown = world.call_as(&reader, "POST", &path(&world, "/diff"), body.to_string()).await.ok();
    for rest in ["", "/export"] {
        assert_eq!(world.call_as(&reader, "GET", &path(&world, rest), "").await.status, StatusCode::OK);
    }
    for target in [body, local()] {
        let mut push = target;
        push["digest"] = shown["digest"].clone();
        let answer = world.call_as(&reader, "POST", &path(&world, "/push"), push.to_string()).await;
        assert_eq!(answer.error().0, "E0000006");
    }
    for rest in ["/import", "/import?dryRun=true"] {
        assert_eq!(world.call_as(&reader, "POST", &path(&world, rest), "name\nA\n").await.error().0, "E0000006");
    }
}

#[tokio::test]
async fn what_is_no_push_is_refused_where_it_is_wrong() {
    let world = World::new().await;
    let directory = directory(&world).await;
    let target = &into_directory(&directory)["target"];
    for (body, code, part) in [
        (json!({}), "E0000003", "target"),
        (json!({ "target": { "type": "CLOUD" } }), "E0000003", "CLOUD"),
        (json!({ "target": { "type": "DIRECTORY", "directory": "x", "ou": OU } }), "E0000003", "directory"),
        (json!({ "target": { "type": "DIRECTORY", "directory": directory.id, "ou": "" } }), "E0000001", "target.ou"),
        (json!({ "target": target, "template": "aws#${role}" }), "E0000001", "template"),
        (json!({ "target": target, "description": "${nothing}" }), "E0000001", "description"),
    ] {
        let answer = world.call("POST", &path(&world, "/diff"), Some(body)).await;
        let (found, causes) = answer.error();
        assert_eq!((answer.status, found.as_str()), (StatusCode::BAD_REQUEST, code), "{causes}");
        assert!(causes.contains(part), "{causes}");
    }
    let (code, causes) = world.call("POST", &path(&world, "/push"), Some(local())).await.error();
    assert!(code == "E0000001" && causes.starts_with("digest: ask for the difference first"), "{causes}");
    let unknown = json!({ "target": { "type": "DIRECTORY", "directory": sample::directory_id("no"), "ou": OU } });
    assert_eq!(world.call("POST", &path(&world, "/diff"), Some(unknown)).await.status, StatusCode::NOT_FOUND);
    let nowhere = "/api/v1/apps/0oa00000000000000000/aws/role-groups";
    for (method, rest) in [("GET", ""), ("GET", "/export"), ("POST", "/import")] {
        assert_eq!(world.call(method, &format!("{nowhere}{rest}"), None).await.status, StatusCode::NOT_FOUND);
    }
    usecases::manage_directories::deactivate(&world.services, &Caller::system(), &directory.id).await.unwrap();
    let (code, causes) = world.call("POST", &path(&world, "/diff"), Some(into_directory(&directory))).await.error();
    assert!(code == "E0000079" && causes.contains("`corp` is not active"), "{causes}");
}

#[tokio::test]
async fn settings_that_do_not_lead_back_to_the_roles_are_noted_with_what_to_write() {
    let world = World::new().await;
    let codes = |shown: &Value| names(&shown["notes"], "code").join(" ");
    let shown = diff(&world, &local()).await;
    assert_eq!(codes(&shown), "mapping_off name_not_read");
    let fix = shown["notes"][1]["fix"].as_str().unwrap();
    let filter = fix.strip_prefix("set `groupFilter` to `").unwrap().split('`').next().unwrap();
    let mut app = world.get(&world.path("")).await.ok();
    let pattern =
        |role: &str| format!("arn:aws:iam::${{accountid}}:saml-provider/Okta,arn:aws:iam::${{accountid}}:role/{role}");
    for (role, noted) in [("OKTA-${role}", "name_makes_another_role"), ("${role}", "")] {
        let settings = app["settings"]["app"].as_object_mut().unwrap();
        settings.insert("useGroupMapping".to_owned(), json!(true));
        settings.insert("groupFilter".to_owned(), json!(filter));
        settings.insert("roleValuePattern".to_owned(), json!(pattern(role)));
        world.call("PUT", &world.path(""), Some(app.clone())).await.ok();
        assert_eq!(codes(&diff(&world, &local()).await), noted);
    }
}
