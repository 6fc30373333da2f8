use http::StatusCode;
use serde_json::{Value, json};

use crate::world::{ORIGIN, World};

#[tokio::test]
async fn an_app_is_written_as_okta_writes_it() {
    let world = World::new().await;
    let app = world.get(&world.path("")).await.ok();
    let id = world.app.id.as_str();
    let keys: Vec<&str> = app.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "id",
            "name",
            "label",
            "status",
            "lastUpdated",
            "created",
            "accessibility",
            "visibility",
            "features",
            "signOnMode",
            "credentials",
            "settings",
            "_links"
        ]
    );
    assert_eq!((app["name"].as_str(), app["signOnMode"].as_str()), (Some("amazon_aws"), Some("SAML_2_0")));
    assert_eq!(app["accessibility"], json!({"selfService":false,"errorRedirectUrl":null,"loginRedirectUrl":null}));
    assert_eq!(
        app["visibility"],
        json!({"autoLaunch":false,"autoSubmitToolbar":false,"hide":{"iOS":false,"web":false},"appLinks":{"login":true}})
    );
    assert_eq!(app["credentials"]["userNameTemplate"], json!({"template":"${source.login}","type":"BUILT_IN"}));
    assert_eq!(app["credentials"]["signing"]["kid"], world.app.signing_key.as_str());
    let settings = app["settings"]["app"].as_object().unwrap();
    let okta = [
        "appFilter",
        "groupFilter",
        "useGroupMapping",
        "joinAllRoles",
        "identityProviderArn",
        "overrideAcsURL",
        "sessionDuration",
        "roleValuePattern",
        "accountID",
        "awsEnvironmentType",
        "loginURL",
        "accessKey",
        "secretKey",
        "secretKeyEnc",
        "webSSOAllowedClient",
    ];
    assert!(settings.keys().map(String::as_str).take(okta.len()).eq(okta));
    assert_eq!(app["settings"]["notes"], json!({"admin":null,"enduser":null}));
    assert_eq!(app["settings"]["signOn"]["attributeStatements"], json!([]));
    let links = &app["_links"];
    assert_eq!(links["appLinks"][0]["href"], format!("{ORIGIN}/home/amazon_aws/{id}/272"));
    assert_eq!(links["metadata"]["href"], format!("{ORIGIN}/api/v1/apps/{id}/sso/saml/metadata"));
    assert_eq!(links["deactivate"]["method"], "POST");
    assert!(links["logo"].is_array() && links["users"]["href"].is_string() && links["groups"]["href"].is_string());
}

#[tokio::test]
async fn what_is_unknown_survives_a_write_and_a_read_with_its_type() {
    let world = World::new().await;
    let sent = json!({
        "name": "amazon_aws", "label": "Second", "signOnMode": "SAML_2_0", "x-number": 1.5,
        "visibility": {"hide": {"web": true}, "unknown": [1, null]},
        "credentials": {"userNameTemplate": {"template": "${source.email}", "type": "CUSTOM", "suffix": "x"}, "scheme": "A"},
        "settings": {
            "app": {"sessionDuration": 7200, "webSSOAllowedClient": "0oaX", "somethingNew": {"deep": [true, 2]}},
            "notes": {"admin": "mine"}, "signOn": {"defaultRelayState": "https://console.aws.amazon.com/s3", "z": 1},
        },
    });
    let made = world.call("POST", "/api/v1/apps?activate=false", Some(sent)).await.ok();
    assert_eq!(made["status"], "INACTIVE");
    let path = format!("/api/v1/apps/{}", made["id"].as_str().unwrap());
    let read = world.get(&path).await.ok();
    assert_eq!(read, made);
    assert_eq!(read["x-number"], json!(1.5));
    assert_eq!(
        read["visibility"],
        json!({"autoLaunch":false,"autoSubmitToolbar":false,"hide":{"iOS":false,"web":true},"appLinks":{"login":true},
            "unknown":[1,null]})
    );
    assert_eq!(
        read["credentials"]["userNameTemplate"],
        json!({"template":"${source.email}","type":"CUSTOM","suffix":"x"})
    );
    assert_eq!(read["credentials"]["scheme"], "A");
    assert_eq!(read["settings"]["app"]["somethingNew"], json!({"deep":[true,2]}));
    assert_eq!(read["settings"]["notes"], json!({"admin":"mine","enduser":null}));
    assert_eq!(read["settings"]["signOn"]["z"], json!(1));
    let put = world.call("PUT", &path, Some(read.clone())).await.ok();
    assert_eq!(put, read, "writing back what was read changes nothing");
    let without_app = {
        let mut body = read.clone();
        body["settings"].as_object_mut().unwrap().remove("app");
        world.call("PUT", &path, Some(body)).await.ok()
    };
    assert_eq!(without_app["settings"]["app"], read["settings"]["app"], "an SDK drops `settings.app`");
    let typed: api::app::App = serde_json::from_value(read.clone()).unwrap();
    assert_eq!(serde_json::to_value(typed).unwrap(), read, "the command line reads it without loss");
}

#[tokio::test]
async fn mistakes_name_the_setting_the_value_and_what_is_expected() {
    let world = World::new().await;
    let refusal = async |settings: Value| {
        let body = json!({"name": "amazon_aws", "label": "Bad", "settings": {"app": settings}});
        let answer = world.call("POST", "/api/v1/apps", Some(body)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text);
        let (code, causes) = answer.error();
        assert_eq!(code, "E0000001");
        causes
    };
    for (settings, parts) in [
        (json!({"sessionDuration": 60}), vec!["`sessionDuration`", "`60`", "900"]),
        (json!({"sessionDuration": "3600"}), vec!["sessionDuration", "`\"3600\"`", "whole number"]),
        (json!({"identityProviderArn": "Okta"}), vec!["identityProviderArn", "`Okta`", "saml-provider/name"]),
        (json!({"overrideAcsURL": "http://evil.example/saml"}), vec!["overrideAcsURL", "evil.example", "https://"]),
        (json!({"awsEnvironmentType": "mars"}), vec!["`mars`", "`amazonaws-us-gov`"]),
        (
            json!({"useGroupMapping": true, "groupFilter": "aws_("}),
            vec!["`groupFilter`", "at character 5", "group_filter_syntax"],
        ),
        (json!({"roleValuePattern": "${role}"}), vec!["`roleValuePattern`", "two ARNs", "saml-provider/NAME"]),
        (json!({"secretKey": "hunter2"}), vec!["secretKey", "/aws/integration"]),
        (json!({"sourceIdentity": "${x.y}"}), vec!["sourceIdentity", "x.y"]),
    ] {
        let causes = refusal(settings).await;
        assert!(parts.iter().all(|part| causes.contains(part)), "{causes}");
        assert!(!causes.contains("hunter2"));
    }
    for (body, field) in [
        (json!({"label": "x"}), "name"),
        (json!({"name": "oidc_client", "label": "x"}), "name"),
        (json!({"name": "amazon_aws"}), "label"),
        (json!({"name": "amazon_aws", "label": "AWS"}), "label"),
        (json!({"name": "amazon_aws", "label": "x", "signOnMode": "BROWSER_PLUGIN"}), "signOnMode"),
        (json!({"name": "amazon_aws", "label": "x", "settings": []}), "settings"),
    ] {
        let (code, causes) = world.call("POST", "/api/v1/apps", Some(body)).await.error();
        assert_eq!(code, "E0000001");
        assert!(causes.starts_with(field), "{causes}");
    }
    let (code, _) = world.call("POST", "/api/v1/apps", Some(json!([1]))).await.error();
    assert_eq!(code, "E0000003");
}

#[tokio::test]
async fn an_app_is_deactivated_before_it_is_deleted() {
    let world = World::new().await;
    let refused = world.call("DELETE", &world.path(""), None).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(refused.error(), ("E0000056".to_owned(), "The application must be deactivated first".to_owned()));
    assert_eq!(world.call("POST", &world.path("/lifecycle/deactivate"), None).await.ok(), json!({}));
    let off = world.get(&world.path("")).await.ok();
    assert_eq!(off["status"], "INACTIVE");
    assert!(off["_links"]["activate"].is_object() && off["_links"]["deactivate"].is_null());
    let deleted = world.call("DELETE", &world.path("/"), None).await;
    assert_eq!((deleted.status, deleted.text.as_str()), (StatusCode::NO_CONTENT, ""));
    assert!(!deleted.headers.contains_key("content-type"));
    let gone = world.get(&world.path("")).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert_eq!(gone.error().0, "E0000007");
}

#[tokio::test]
async fn apps_are_listed_filtered_and_paged() {
    let world = World::new().await;
    for label in ["Second", "Third"] {
        let body = json!({"name": "amazon_aws", "label": label});
        world.call("POST", "/api/v1/apps?activate=false", Some(body)).await.ok();
    }
    let count = async |query: &str| {
        let path = format!("/api/v1/apps?{}", query.replace(' ', "%20").replace('"', "%22"));
        world.get(&path).await.ok().as_array().unwrap().len()
    };
    assert_eq!(count("filter=name eq \"amazon_aws\"").await, 3);
    assert_eq!(count("filter=name eq \"oidc_client\"").await, 0);
    assert_eq!(count("filter=status eq \"ACTIVE\"&limit=1").await, 1);
    assert_eq!(count("filter=name eq \"amazon_aws\" and status eq \"INACTIVE\"").await, 2);
    assert_eq!(count("q=sec").await, 1);
    assert_eq!(count(&format!("filter=user.id eq \"{}\"", world.ann.id)).await, 0);
    let first = world.get("/api/v1/apps/?limit=2").await;
    let links: Vec<&str> = first.headers.get_all("link").iter().map(|link| link.to_str().unwrap()).collect();
    assert_eq!(links[0], format!("<{ORIGIN}/api/v1/apps?limit=2>; rel=\"self\""));
    assert!(links[1].ends_with("rel=\"next\"") && links.len() == 2);
    let next = links[1].trim_start_matches(&format!("<{ORIGIN}")).split('>').next().unwrap();
    assert_eq!(world.get(next).await.ok().as_array().unwrap().len(), 1);
    let (code, causes) = world.get("/api/v1/apps?filter=label%20eq%20%22x%22").await.error();
    assert_eq!(code, "E0000001");
    assert!(causes.contains("`label`"));
}
