//! `/login/sessionCookieRedirect`, and the rules of the cookies `sid`, `__Host-sid` and `DT`.

use domain::UserStatus;
use rolegate_web::RateLimits;

use crate::world::{OWN, World};

fn redirect(token: &str, target: &str) -> String {
    let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
    format!("/login/sessionCookieRedirect?checkAccountSetupComplete=true&token={token}&redirectUrl={}", encode(target))
}

#[tokio::test]
async fn a_token_becomes_a_cookie_and_the_way_goes_on() {
    let world = World::new().await;
    let target = format!("{OWN}/home/amazon_aws/{}/272", world.app.id);
    let answer = world.get(&redirect(&world.session_token().await, &target), &[]).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (302, target.as_str()));
    let sid = answer.cookies("sid");
    assert_eq!((sid.len(), answer.cookies("DT").len()), (1, 1));
    assert_eq!(answer.cookies("__Host-sid"), sid);
    assert!(world.is_live(&sid[0]).await);
    for line in answer.headers.get_all("set-cookie") {
        let line = line.to_str().unwrap();
        for attribute in ["; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"] {
            assert!(line.contains(attribute), "{line}");
        }
        assert!(!line.contains("Domain"), "{line}");
    }
}

#[tokio::test]
async fn on_plain_http_no_cookie_is_secure() {
    let world = World::at("http://127.0.0.1:8080", RateLimits::default()).await;
    let answer = world.get(&redirect(&world.session_token().await, "/"), &[]).await;
    assert_eq!(answer.location(), "http://127.0.0.1:8080/");
    assert!(answer.cookies("__Host-sid").is_empty());
    for line in answer.headers.get_all("set-cookie") {
        assert!(!line.to_str().unwrap().contains("Secure"));
    }
}

#[tokio::test]
async fn no_link_leads_elsewhere() {
    let world = World::new().await;
    for target in [
        "//evil.example",
        r"/\evil.example",
        r"\\evil.example",
        r"\/evil.example",
        "https://evil.example/",
        "https://id.example.com.evil.example",
        "https://id.example.com@evil.example/",
        "https://evil.example\\@id.example.com/",
        "https://id.example.com:444/",
        "javascript:alert(1)",
        "/\r\nLocation: https://evil.example",
        "\thttps://evil.example",
        "",
    ] {
        let answer = world.get(&redirect(&world.session_token().await, target), &[]).await;
        assert_eq!((answer.status.as_u16(), answer.location()), (302, "https://id.example.com/"), "{target:?}");
        assert_eq!(answer.cookies("sid").len(), 1, "{target:?}: cookies all the same");
    }
}

#[tokio::test]
async fn a_used_or_missing_token_sets_no_session() {
    let world = World::new().await;
    let token = world.session_token().await;
    world.get(&redirect(&token, "/"), &[]).await;
    for path in [redirect(&token, "/"), redirect("", "/"), "/login/sessionCookieRedirect".to_owned()] {
        let answer = world.get(&path, &[]).await;
        assert_eq!((answer.status.as_u16(), answer.cookies("sid").len()), (302, 0), "{path}");
        assert_eq!(answer.cookies("DT").len(), 1);
    }
    let late = world.session_token().await;
    world.update_user(&domain::User { status: UserStatus::Suspended, ..world.ann.clone() }).await;
    assert!(world.get(&redirect(&late, "/"), &[]).await.cookies("sid").is_empty());
}

#[tokio::test]
async fn a_link_on_another_site_signs_nobody_in() {
    let world = World::new().await;
    let token = world.session_token().await;
    let answer = world.get(&redirect(&token, "/"), &[("sec-fetch-site", "cross-site")]).await;
    assert_eq!((answer.status.as_u16(), answer.cookies("sid").len()), (302, 0));
    assert_eq!(world.get(&redirect(&token, "/"), &[]).await.cookies("sid").len(), 1, "and uses the token up neither");
}

#[tokio::test]
async fn the_session_that_was_there_is_ended() {
    let world = World::new().await;
    let old = world.session().await;
    let cookie = format!("sid; __Host-sid={old}; sid={old}");
    let answer = world.get(&redirect(&world.session_token().await, "/"), &[("cookie", &cookie)]).await;
    assert!(!world.is_live(&old).await);
    assert!(world.is_live(&answer.cookies("sid")[0]).await);
}

#[tokio::test]
async fn the_device_token_is_echoed_unchanged_and_set_once() {
    let world = World::new().await;
    let own = "okta_ann@example.com_saml2aws";
    let cookie = format!("DT={own}");
    for (cookie, expected) in [(cookie.as_str(), Some(own)), ("DT=first; DT=second", Some("first")), ("x=y", None)] {
        let answer = world.get(&redirect("", "/"), &[("cookie", cookie)]).await;
        let set = answer.cookies("DT");
        assert_eq!(set.len(), 1);
        match expected {
            Some(expected) => assert_eq!(set[0], expected),
            None => assert_eq!(set[0].len(), 25),
        }
    }
    let smuggled = world.get(&redirect("", "/"), &[("cookie", "DT=a\\b\"c")]).await;
    assert_eq!(smuggled.cookies("DT")[0].len(), 25, "what is no cookie value is not echoed");
}
