//! Names that want to be something else.

use testkit::sample;

use crate::{
    browser::encode,
    world::{ANN, PASSWORD, World, arn},
};

const SCRIPT: &str = "</script><script>alert(1)</script>";
const BREAKOUT: &str = "\"'><img src=x onerror=alert(1)>";
const TURNED: &str = "\u{202e}nimda";

fn is_harmless(text: &str) {
    assert!(!text.contains("<script>alert") && !text.contains("<img"), "{text}");
}

#[tokio::test]
async fn names_of_people_accounts_roles_and_groups_stay_text() {
    let world = World::empty().await;
    world
        .update_ann(|ann| {
            ann.profile.first_name = SCRIPT.to_owned();
            ann.profile.last_name = format!("{BREAKOUT}{TURNED}");
        })
        .await;
    world.update_app(|app| app.label = format!("{BREAKOUT}{TURNED}").chars().take(100).collect()).await;
    let mut group = sample::group("one");
    SCRIPT.clone_into(&mut group.name);
    world.join(&group).await;
    let mut browser = world.signed_in().await;
    let empty = browser.get(&world.picker()).await;
    is_harmless(&empty.text);
    assert!(empty.text.contains("&#60;script&#62;") && empty.text.contains("<strong dir=\"auto\">"));

    let mut account = sample::aws_account(&world.app, 1);
    account.name = format!("{SCRIPT}{TURNED}");
    account.alias = Some(BREAKOUT.to_owned());
    let mut role = sample::aws_role(&account, "Admin");
    role.description = format!("{BREAKOUT}{TURNED}");
    let mut refused = sample::aws_role(&account, "Other");
    refused.verdict = sample::refused();
    refused.verdict.explanation = format!("`{SCRIPT}` {BREAKOUT}");
    refused.verdict.fix = Some(BREAKOUT.to_owned());
    world.discovered(&account, &[role, refused]).await;
    world.assign(&[&arn(1, "Admin"), &arn(1, "Other")]).await;
    for path in
        [world.picker(), "/sessions".to_owned(), format!("{}/launch?account=000000000001&role=Other", world.picker())]
    {
        is_harmless(&browser.get(&path).await.text);
    }
}

#[tokio::test]
async fn what_is_asked_for_stays_text() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let bad = encode(BREAKOUT);
    for path in [
        format!("{}?q={bad}", world.picker()),
        format!("{}/launch?account={bad}&role={bad}&relay={bad}", world.picker()),
        format!("{}/launch?account=000000000001&role={}", world.picker(), encode(SCRIPT)),
        format!("/app/amazon_aws/{bad}"),
        format!("/home/amazon_aws/{}/{bad}", world.app.id),
        format!("/nowhere/{bad}"),
        format!("/sessions?ended={bad}"),
    ] {
        is_harmless(&browser.get(&path).await.text);
    }
    let mut stranger = world.browser();
    is_harmless(&stranger.sign_in(BREAKOUT, PASSWORD, BREAKOUT).await.text);
    is_harmless(&stranger.get(&format!("/home/amazon_aws/{}/272?RelayState={bad}", world.app.id)).await.text);
    let long = "😀".repeat(300);
    assert_eq!(stranger.sign_in(&long, PASSWORD, "/").await.status, 200);
}

#[tokio::test]
async fn a_session_of_a_person_who_was_put_on_hold_opens_nothing() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    world.update_ann(|ann| ann.status = domain::UserStatus::Suspended).await;
    assert_eq!(browser.get(&world.picker()).await.status, 303);
    assert_eq!(browser.sign_in(ANN, PASSWORD, "/").await.status, 200);
}
