use testkit::sample;

use crate::{
    browser::{Browser, encode},
    world::{ANN, PASSWORD, World, arn},
};

async fn csrf(browser: &mut Browser, world: &World) -> String {
    browser.get(&world.picker()).await.field("csrf")
}

#[tokio::test]
async fn the_button_answers_the_form_that_goes_to_aws() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let csrf = csrf(&mut browser, &world).await;
    let role = arn(1, "Admin");
    let page = browser.post(&format!("{}/launch", world.picker()), &[("csrf", &csrf), ("role", &role)]).await;
    assert_eq!((page.status.as_u16(), page.heading()), (200, "On to AWS"));
    assert_eq!(page.headers["cache-control"], "no-store");
    let form = page.text.split_once("<form ").unwrap().1;
    assert!(form.starts_with("id=\"appForm\" action=\"https://signin.aws.amazon.com/saml\" method=\"POST\""), "{form}");
    assert!(page.policy().contains("form-action 'self' https://signin.aws.amazon.com https://*.aws.amazon.com;"));
    assert!(page.field("SAMLResponse").len() > 1_000 && page.text.contains("Continue to AWS"));
    let launches = world.events("user.authentication.sso").await;
    assert_eq!(launches.len(), 1);
    assert_eq!(launches[0].debug_data["roleArn"], role);
}

#[tokio::test]
async fn a_button_without_its_token_launches_nothing() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let role = arn(1, "Admin");
    for token in ["", "0123456789abcdef0123456789abcdef"] {
        let path = format!("{}/launch", world.picker());
        let answer = browser.post(&path, &[("csrf", token), ("role", &role)]).await;
        assert_eq!((answer.status.as_u16(), answer.heading()), (403, "This page was open too long"));
    }
    assert!(world.events("user.authentication.sso").await.is_empty());
}

#[tokio::test]
async fn a_link_works_with_name_path_and_arn_and_survives_signing_in() {
    let world = World::new().await;
    for query in [
        "account=000000000002&role=Developer".to_owned(),
        "account=000000000002&role=team/web/Developer".to_owned(),
        "account=000000000002&role=%2Fteam%2Fweb%2FDeveloper".to_owned(),
        format!("role={}", encode(&arn(2, "team/web/Developer"))),
    ] {
        let mut browser = world.browser();
        let sent = browser.get(&format!("{}/launch?{query}", world.picker())).await;
        let page = browser.get(sent.location()).await;
        assert!(page.text.contains("You will go on to AWS."));
        let answer = browser.submit_sign_in(&page, ANN, PASSWORD).await;
        assert_eq!(browser.get(answer.location()).await.heading(), "On to AWS", "{query}");
    }
}

#[tokio::test]
async fn a_link_carries_where_to_land_and_nowhere_else() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let link = format!("{}/launch?account=000000000001&role=Admin&relay=", world.picker());
    let relay = "https://console.aws.amazon.com/s3/home?region=eu-west-1";
    assert_eq!(browser.get(&format!("{link}{}", encode(relay))).await.field("RelayState"), relay);
    let refused = browser.get(&format!("{link}{}", encode("https://evil.example/"))).await;
    assert_eq!((refused.status.as_u16(), refused.heading()), (400, "The link leads outside AWS"));
    assert!(!refused.text.contains("SAMLResponse"));
}

#[tokio::test]
async fn a_role_that_one_has_not_is_refused_with_near_matches() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let page = browser.get(&format!("{}/launch?account=000000000001&role=develper", world.picker())).await;
    assert_eq!((page.status.as_u16(), page.heading()), (403, "You do not have this role"));
    assert!(page.text.contains("error-content") && page.text.contains("Did you mean"));
    assert!(page.text.contains(&arn(2, "team/web/Developer")) && !page.text.contains(&arn(1, "Admin")));
    let missing = browser.get(&format!("{}/launch?role=Admin", world.picker())).await;
    assert_eq!((missing.status.as_u16(), missing.heading()), (400, "The link names no role"));
    assert!(missing.text.contains(&arn(1, "Admin")));
    let bare = browser.get(&format!("{}/launch?account=000000000001", world.picker())).await;
    assert_eq!(bare.location(), format!("{}?q=000000000001", world.picker()));
}

#[tokio::test]
async fn a_name_that_fits_two_roles_is_refused_and_both_are_offered() {
    let world = World::empty().await;
    world.account(1, &["Admin", "break-glass/Admin"]).await;
    world.assign(&[&arn(1, "Admin"), &arn(1, "break-glass/Admin")]).await;
    let mut browser = world.signed_in().await;
    let page = browser.get(&format!("{}/launch?account=000000000001&role=Admin", world.picker())).await;
    assert_eq!((page.status.as_u16(), page.heading()), (400, "The link fits more than one role"));
    let near = page.text.split_once("class=\"near\"").unwrap().1;
    assert!(near.contains(&arn(1, "Admin")) && near.contains(&arn(1, "break-glass/Admin")));
}

#[tokio::test]
async fn what_aws_would_refuse_is_refused_in_words() {
    let world = World::new().await;
    let account = sample::aws_account(&world.app, 1);
    let mut role = sample::aws_role(&account, "Admin");
    role.verdict = sample::refused();
    world.discovered(&account, &[role]).await;
    let mut browser = world.signed_in().await;
    let page = browser.get(&format!("{}/launch?account=000000000001&role=Admin", world.picker())).await;
    assert_eq!((page.status.as_u16(), page.heading()), (409, "AWS would refuse this sign-in"));
    assert!(page.text.contains("What to do:") && page.text.contains("For your administrator"));
}

#[tokio::test]
async fn an_app_that_is_off_or_not_assigned_says_so() {
    let world = World::empty().await;
    let mut browser = world.signed_in().await;
    let link = format!("{}/launch?account=000000000001&role=Admin", world.picker());
    let page = browser.get(&link).await;
    assert_eq!((page.status.as_u16(), page.heading()), (403, "This app is not assigned to you"));
    world.update_app(|app| app.status = domain::AppStatus::Inactive).await;
    let page = browser.get(&link).await;
    assert_eq!((page.status.as_u16(), page.heading()), (403, "This app is switched off"));
}

#[tokio::test]
async fn a_button_of_an_ended_session_goes_on_after_signing_in() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let csrf = csrf(&mut browser, &world).await;
    browser.cookies.remove("sid");
    browser.cookies.remove("__Host-sid");
    let role = arn(1, "Admin");
    let sent = browser.post(&format!("{}/launch", world.picker()), &[("csrf", &csrf), ("role", &role)]).await;
    assert!(!sent.location().contains(&csrf), "the token stays out of addresses");
    let page = browser.get(sent.location()).await;
    let answer = browser.submit_sign_in(&page, ANN, PASSWORD).await;
    assert_eq!(browser.get(answer.location()).await.heading(), "On to AWS");
}
