use axum::body::Body;
use http::{Request, StatusCode, header};
use quick_xml::{Reader, events::Event};
use serde_json::json;

use crate::world::{Answer, ORIGIN, World};

/// What another XML reader finds: the entity id, the certificates in their order, the bindings.
fn parsed(document: &str) -> (String, Vec<String>, Vec<String>) {
    let (mut entity, mut certificates, mut bindings) = (String::new(), Vec::new(), Vec::new());
    let mut reader = Reader::from_str(document);
    reader.config_mut().expand_empty_elements = true;
    let mut inside = false;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                let name = start.local_name().as_ref().to_owned();
                let attribute = |wanted: &str| {
                    let found = start.try_get_attribute(wanted).unwrap().unwrap();
                    found.value.into_owned()
                };
                match name.as_str() {
                    "EntityDescriptor" => entity = attribute("entityID"),
                    "SingleSignOnService" => bindings.push(attribute("Location")),
                    _ => {}
                }
                inside = name == "X509Certificate";
            }
            Event::Text(text) if inside => certificates.push(text.to_string()),
            Event::End(_) => inside = false,
            Event::Eof => return (entity, certificates, bindings),
            _ => {}
        }
    }
}

async fn public(world: &World, path: &str, headers: &[(header::HeaderName, &str)]) -> Answer {
    let mut request = Request::builder().uri(path);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    world.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn metadata_is_public_and_holds_the_active_and_then_the_next_certificate() {
    let world = World::new().await;
    let keys = world.get(&world.path("/credentials/keys")).await.ok();
    let with = |status: &str| {
        let key = keys.as_array().unwrap().iter().find(|key| key["status"] == status).unwrap();
        (key["kid"].as_str().unwrap().to_owned(), key["x5c"][0].as_str().unwrap().to_owned())
    };
    let ((active_kid, active), (next_kid, next)) = (with("ACTIVE"), with("NEXT"));
    assert_eq!(active_kid, world.app.signing_key.as_str());
    let path = format!("/app/{}/sso/saml/metadata", world.app.id);
    let document = public(&world, &path, &[]).await;
    assert_eq!(
        (document.status, &document.headers[header::CONTENT_TYPE]),
        (StatusCode::OK, &"application/xml".parse().unwrap())
    );
    let (entity, certificates, bindings) = parsed(&document.text);
    assert_eq!(entity, world.app.issuer);
    assert_eq!(certificates, [active, next.clone()]);
    assert!(bindings.iter().all(|url| *url == format!("{ORIGIN}/app/amazon_aws/{}/sso/saml", world.app.id)));
    let at_entity_id = public(&world, entity.strip_prefix(ORIGIN).unwrap(), &[]).await;
    assert_eq!(at_entity_id.text, document.text, "the entity id is where the metadata is");
    assert_eq!(world.get(&world.path("/sso/saml/metadata")).await.text, document.text);
    let selected = world.get(&world.path(&format!("/sso/saml/metadata?kid={next_kid}"))).await;
    assert_eq!(parsed(&selected.text).1, [next]);
    assert_eq!(world.get(&world.path("/sso/saml/metadata?kid=nope")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(public(&world, &world.path("/sso/saml/metadata"), &[]).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn metadata_that_is_known_is_not_sent_again() {
    let world = World::new().await;
    let path = format!("/app/{}/sso/saml/metadata", world.app.id);
    let first = public(&world, &path, &[(header::ACCEPT, "application/samlmetadata+xml")]).await;
    assert_eq!(first.headers[header::CONTENT_TYPE], "application/samlmetadata+xml");
    let tag = first.headers[header::ETAG].to_str().unwrap().to_owned();
    let again = public(&world, &path, &[(header::IF_NONE_MATCH, &tag)]).await;
    assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
    let made = world.call("POST", &world.path("/credentials/keys/generate?validityYears=2"), None).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let changed = public(&world, &path, &[(header::IF_NONE_MATCH, &tag)]).await;
    assert_eq!(parsed(&changed.text).1.len(), 3);
}

#[tokio::test]
async fn a_signing_key_is_a_json_web_key_without_private_part() {
    let world = World::new().await;
    let path = world.path("/credentials/keys/generate?validityYears=3&algorithm=RSA_3072");
    let made = world.call("POST", &path, None).await.json();
    assert_eq!(
        (made["kty"].as_str(), made["use"].as_str(), made["e"].as_str()),
        (Some("RSA"), Some("sig"), Some("AQAB"))
    );
    assert_eq!(made["n"].as_str().unwrap().len(), 512, "3,072 bits in base64url");
    assert_eq!(made["x5t#S256"].as_str().unwrap().len(), 43);
    assert_eq!(made["status"], "NEXT");
    assert_eq!(made["expiresAt"], "2029-11-21T05:10:00.000Z");
    assert!(["d", "p", "q", "dp", "dq", "qi"].iter().all(|part| made.get(part).is_none()));
    let one = world.path(&format!("/credentials/keys/{}", made["kid"].as_str().unwrap()));
    assert_eq!(world.get(&one).await.ok(), made);
    let keys = world.get(&world.path("/credentials/keys")).await.ok();
    assert_eq!(keys.as_array().unwrap().len(), 3);
    for bad in ["validityYears=1", "validityYears=ten", "algorithm=EC_P256"] {
        let answer = world.call("POST", &world.path(&format!("/credentials/keys/generate?{bad}")), None).await;
        assert_eq!(answer.error().0, "E0000001", "{bad}");
    }
    let event = json!(world.get("/api/v1/logs?sortOrder=DESCENDING&limit=1").await.ok()[0]["eventType"]);
    assert_eq!(event, "app.keys.generate");
}
