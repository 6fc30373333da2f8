use crate::{
    browser::Browser,
    world::{ANN, PASSWORD, World},
};

const FIREFOX: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0";

async fn firefox(world: &World) -> Browser {
    let mut browser = world.browser();
    browser.headers.push(("user-agent", FIREFOX.to_owned()));
    browser.sign_in(ANN, PASSWORD, "/").await;
    browser
}

#[tokio::test]
async fn a_person_ends_one_and_all_other_sessions() {
    let world = World::new().await;
    let (mut here, mut there, mut elsewhere) = (world.signed_in().await, firefox(&world).await, firefox(&world).await);
    let page = here.get("/sessions").await;
    assert_eq!(page.text.matches("Firefox on Windows").count() / 2, 2);
    assert_eq!(page.text.matches("This session").count(), 1);
    let (csrf, session) = (page.field("csrf"), page.field("session"));
    let answer = here.post("/sessions/end", &[("csrf", &csrf), ("session", &session)]).await;
    assert_eq!(answer.location(), "/sessions?ended=1");
    assert!(here.get(answer.location()).await.text.contains("One session was ended."));
    let answer = here.post("/sessions/end-others", &[("csrf", &csrf)]).await;
    assert_eq!(answer.location(), "/sessions?ended=1");
    for other in [&mut there, &mut elsewhere] {
        assert_eq!(other.get("/sessions").await.location(), "/signin?fromURI=/sessions");
    }
    assert_eq!(here.get("/sessions").await.status, 200);
}

#[tokio::test]
async fn nobody_ends_anothers_session() {
    let world = World::new().await;
    let mut ann = world.signed_in().await;
    let page = ann.get("/sessions").await;
    let csrf = page.field("csrf");
    let stranger = testkit::sample::session_id("stranger");
    let answer = ann.post("/sessions/end", &[("csrf", &csrf), ("session", stranger.as_str())]).await;
    assert_eq!(answer.status, 303, "as if it had ended by itself");
    assert_eq!(ann.post("/sessions/end", &[("csrf", &csrf), ("session", "x")]).await.status, 404);
    assert_eq!(ann.post("/sessions/end-others", &[("csrf", "other")]).await.status, 403);
}

#[tokio::test]
async fn signing_out_ends_the_session_and_its_cookies() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let before = browser.cookies.clone();
    let csrf = browser.get("/signout").await.field("csrf");
    let answer = browser.post("/signout", &[("csrf", &csrf)]).await;
    assert_eq!(answer.location(), "/signin?done=signout");
    assert!(!browser.cookies.contains_key("sid") && !browser.cookies.contains_key("__Host-sid"));
    browser.cookies = before;
    assert!(browser.get("/sessions").await.location().starts_with("/signin"), "the old cookie opens nothing");
    assert_eq!(world.events("user.session.end").await.len(), 1);
}

#[tokio::test]
async fn no_other_page_signs_anybody_out() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    assert_eq!(browser.get("/signout").await.heading(), "Sign out?");
    assert_eq!(browser.post("/signout", &[("csrf", "guessed")]).await.status, 403);
    browser.headers.push(("sec-fetch-site", "cross-site".to_owned()));
    assert_eq!(browser.get("/login/signout").await.heading(), "Sign out?");
    browser.headers.pop();
    browser.headers.push(("origin", "https://evil.example".to_owned()));
    assert!(world.events("user.session.end").await.is_empty());
    browser.headers.pop();
    let answer = browser.get("/login/signout?fromURI=%2F%2Fevil.example").await;
    assert_eq!(answer.location(), "/signin?done=signout");
    assert_eq!(world.events("user.session.end").await.len(), 1);
}

#[tokio::test]
async fn a_form_of_another_site_is_refused_although_the_cookie_came_along() {
    let world = World::new().await;
    let mut browser = world.signed_in().await;
    let csrf = browser.get("/sessions").await.field("csrf");
    browser.headers = vec![("origin", "https://evil.example".to_owned())];
    let answer = browser.post("/sessions/end-others", &[("csrf", &csrf)]).await;
    assert_eq!((answer.status.as_u16(), answer.heading()), (403, "The request came from somewhere else"));
}
