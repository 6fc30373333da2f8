//! What Okta's clients read on our pages, to the letter.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{Secret, event::Origin};
use usecases::sign_in::{self, SignIn};

use crate::{
    browser::encode,
    world::{ANN, OWN, PASSWORD, World},
};

async fn session_token(world: &World) -> String {
    let password = Secret::from(PASSWORD);
    match sign_in::for_session_token(&world.state.services, Origin::default(), ANN, &password).await.unwrap() {
        SignIn::Done(token) => token.token.expose().clone(),
        other => unreachable!("{other:?}"),
    }
}

fn embed(world: &World) -> String {
    format!("/home/amazon_aws/{}/272", world.app.id)
}

#[tokio::test]
async fn who_is_not_signed_in_finds_a_state_token_and_a_form() {
    let world = World::new().await;
    for path in [embed(&world), format!("{}/sso/saml", world.picker()), embed(&world).replace("272", "1")] {
        let mut browser = world.browser();
        browser.headers.push(("accept", "application/json".to_owned()));
        let page = browser.get(&path).await;
        assert_eq!(page.status, 200);
        assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
        let token = page.text.split_once("var stateToken = '").unwrap().1.split_once("';").unwrap().0;
        assert!(token.len() <= 50 && token.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{token}");
        assert!(usecases::state_token::of_page(&world.state.services, token).is_some(), "it can be redeemed");
        let nonce = page.text.split_once("nonce=\"").unwrap().1.split_once('"').unwrap().0;
        assert!(page.policy().contains(&format!("script-src 'self' 'nonce-{nonce}'")));
        assert!(page.text.contains("<div class=\"card narrow\" id=\"password-verification-challenge\">"));
        let form = page.text.rsplit_once("<form").unwrap().1;
        assert!(form.contains(&format!("action=\"{OWN}/signin\"")), "the last form is absolute: {form}");
        let answer = browser.submit_sign_in(&page, ANN, PASSWORD).await;
        assert_eq!(answer.location(), path);
        assert_eq!(browser.get(&path).await.heading(), "On to AWS");
    }
}

#[tokio::test]
async fn a_one_time_token_signs_in_once_and_sets_the_cookie() {
    let world = World::new().await;
    for name in ["sessionToken", "onetimetoken"] {
        let token = session_token(&world).await;
        let address = format!("{}?{name}={token}&RelayState=", embed(&world));
        let mut browser = world.browser();
        let page = browser.get(&address).await;
        assert_eq!(page.heading(), "On to AWS");
        assert!(page.text.split_once("<form ").unwrap().1.starts_with("id=\"appForm\""), "it is the first form");
        assert!(browser.cookies.contains_key("sid"));
        assert_eq!(browser.get(&embed(&world)).await.heading(), "On to AWS");
        let again = world.browser().get(&address).await;
        assert_eq!(again.heading(), "Sign in");
        assert!(!again.text.contains(&token), "a token is not handed on");
    }
}

#[tokio::test]
async fn a_signed_in_browser_stays_who_it_is() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let before = browser.cookies.clone();
    let token = session_token(&world).await;
    assert_eq!(browser.get(&format!("{}?sessionToken={token}", embed(&world))).await.heading(), "On to AWS");
    assert_eq!(browser.cookies, before);
}

#[tokio::test]
async fn a_link_on_another_site_signs_nobody_in_as_somebody_else() {
    let world = World::new().await;
    let mut browser = world.browser();
    browser.headers.push(("sec-fetch-site", "cross-site".to_owned()));
    let token = session_token(&world).await;
    assert_eq!(browser.get(&format!("{}?sessionToken={token}", embed(&world))).await.heading(), "Sign in");
    assert!(!browser.cookies.contains_key("__Host-sid"));
}

#[tokio::test]
async fn an_unknown_app_is_not_found_before_anybody_signs_in() {
    let world = World::new().await;
    for path in ["/home/amazon_aws/0oaaaaaaaaaaaaaaaaaa/272", "/app/amazon_aws/nonsense/sso/saml"] {
        let answer = world.browser().get(path).await;
        assert_eq!(answer.status, 404);
        assert!(answer.text.contains("class=\"error-content\"") && answer.text.contains("<h1>"));
    }
}

#[tokio::test]
async fn a_refusal_is_in_the_element_that_clients_show() {
    let world = World::empty().await;
    let page = world.signed_in().await.get(&embed(&world)).await;
    assert_eq!(page.status, 403);
    let content = page.text.split_once("class=\"error-content\"").unwrap().1;
    assert!(content.trim_start_matches(">\n").starts_with("<h1>This app is not assigned to you</h1>"), "{content}");
}

fn authn_request(id: &str, more: &str) -> String {
    STANDARD.encode(format!(
        "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" Version=\"2.0\" ID=\"{id}\" \
         IssueInstant=\"2026-11-22T05:10:00Z\" {more}/>"
    ))
}

#[tokio::test]
async fn a_request_by_post_is_answered_after_signing_in() {
    let world = World::new().await;
    let mut browser = world.browser();
    let sso = format!("{}/sso/saml", world.picker());
    let request = authn_request("_abc", "");
    browser.headers = vec![("origin", "https://sp.example".to_owned())];
    let sent = browser.post(&sso, &[("SAMLRequest", &request), ("RelayState", "")]).await;
    assert_eq!(sent.status, 303);
    let page = browser.get(sent.location()).await;
    browser.headers = vec![("origin", OWN.to_owned())];
    let answer = browser.submit_sign_in(&page, ANN, PASSWORD).await;
    let page = browser.get(answer.location()).await;
    let response = STANDARD.decode(page.field("SAMLResponse")).unwrap();
    assert!(String::from_utf8(response).unwrap().contains("InResponseTo=\"_abc\""));
}

#[tokio::test]
async fn a_request_that_wants_its_answer_elsewhere_is_refused() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let foreign = authn_request("_abc", "AssertionConsumerServiceURL=\"https://evil.example/acs\"");
    for request in [foreign.as_str(), "rubbish"] {
        let path = format!("{}/sso/saml?binding=post&SAMLRequest={}", world.picker(), encode(request));
        let answer = browser.get(&path).await;
        assert_eq!(answer.status, 400);
        assert!(!answer.text.contains("SAMLResponse"));
    }
}

#[tokio::test]
async fn a_request_for_a_fresh_proof_asks_again_when_the_proof_is_old() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let request = encode(&authn_request("_abc", "ForceAuthn=\"true\""));
    let path = format!("{}/sso/saml?binding=post&SAMLRequest={request}", world.picker());
    assert_eq!(browser.get(&path).await.heading(), "On to AWS");
    world.clock.advance_seconds(3_600);
    let page = browser.get(&path).await;
    assert_eq!(page.heading(), "Sign in");
    let answer = browser.submit_sign_in(&page, ANN, PASSWORD).await;
    assert_eq!(browser.get(answer.location()).await.heading(), "On to AWS");
}
