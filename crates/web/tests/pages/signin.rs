use domain::{
    UserStatus,
    directory::{DirectoryError, DirectoryStep},
};
use ports::AuthenticationRefusal;
use rolegate_web::RateLimits;
use testkit::sample;

use crate::world::{ANN, OWN, PASSWORD, World};

#[tokio::test]
async fn the_page_leads_back_to_where_the_person_wanted_to_go() {
    let world = World::new().await;
    let mut browser = world.browser();
    let picker = world.picker();
    let sent = browser.get(&format!("{picker}?q=a%20b")).await;
    assert_eq!(sent.status, 303);
    assert_eq!(sent.location(), format!("/signin?fromURI={picker}%3Fq%3Da%2520b"));
    let page = browser.get(sent.location()).await;
    let answer = browser.submit_sign_in(&page, ANN, PASSWORD).await;
    assert_eq!((answer.status.as_u16(), answer.location()), (303, format!("{picker}?q=a%20b").as_str()));
    assert_eq!(browser.get(answer.location()).await.status, 200);
    assert_eq!(browser.get("/signin").await.location(), "/", "who is signed in is not asked again");
}

#[tokio::test]
async fn cookies_are_of_this_host_alone_and_unreadable_for_scripts() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = browser.get("/signin").await;
    let csrf = page.headers["set-cookie"].to_str().unwrap().to_owned();
    assert!(csrf.starts_with("__Host-csrf=") && csrf.contains("; HttpOnly; SameSite=Lax; Secure"), "{csrf}");
    let answer = browser.submit_sign_in(&page, ANN, PASSWORD).await;
    let all: Vec<_> = answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).collect();
    assert!(all.iter().any(|line| line.starts_with("__Host-sid=")), "{all:?}");
    assert!(all.iter().all(|line| line.contains("; HttpOnly; SameSite=Lax; Secure")), "{all:?}");
}

#[tokio::test]
async fn no_way_to_fail_tells_whether_the_person_exists() {
    let world = World::new().await;
    let mut said = Vec::new();
    for (login, password) in [(ANN, "wrong"), ("nobody@example.com", "wrong"), ("", ""), ("\u{202e}x", PASSWORD)] {
        let mut browser = world.browser();
        let answer = browser.sign_in(login, password, "/").await;
        assert_eq!(answer.status, 200);
        assert!(answer.text.contains("<span id=\"input-error\">Invalid username or password.</span>"), "{login}");
        assert!(!browser.cookies.contains_key("sid"));
        let csrf = answer.field("csrf");
        said.push(answer.text.replace(&csrf, "").replace(login, "").replace(" autofocus", ""));
    }
    said.dedup();
    assert_eq!(said.len(), 1);
}

#[tokio::test]
async fn a_suspended_person_gets_the_answer_of_a_wrong_password() {
    let world = World::new().await;
    world.update_ann(|ann| ann.status = UserStatus::Suspended).await;
    let answer = world.browser().sign_in(ANN, PASSWORD, "/").await;
    assert!(answer.text.contains("Invalid username or password."));
}

#[tokio::test]
async fn a_directorys_reason_is_told_after_the_right_password_and_a_silent_directory_to_everybody() {
    let world = World::new().await;
    let mut unit = world.store().begin().await.unwrap();
    unit.insert_directory(&sample::directory("corp")).await.unwrap();
    unit.commit().await.unwrap();
    world.ldap.add_person("Bob", &[("mail", "bob@example.com"), ("givenName", "Bob"), ("sn", "Sample")]);
    let say = async |password: &str| world.browser().sign_in("bob@example.com", password, "/").await;
    assert_eq!(say(testkit::directory::PASSWORD).await.status, 303);
    world.ldap.refuse("Bob", Some(AuthenticationRefusal::MustChangePassword));
    let told = say(testkit::directory::PASSWORD).await;
    assert_eq!(told.status, 200);
    assert!(told.text.contains("You have to choose a new password first."), "{}", told.text);
    assert!(say("wrong").await.text.contains("Invalid username or password."));
    let down = DirectoryError::new(DirectoryStep::Connect, "CONNECTION_REFUSED", "nobody listens", "Start it.");
    world.ldap.fail(Some(down));
    let silent = say(testkit::directory::PASSWORD).await;
    assert_eq!(silent.status, 503);
    assert!(silent.text.contains("who is signed in already can go on"), "{}", silent.text);
    assert!(!silent.text.contains("CONNECTION_REFUSED") && !silent.text.contains("corp"), "{}", silent.text);
}

#[tokio::test]
async fn nobody_is_led_to_another_site() {
    let world = World::new().await;
    for target in [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "https://id.example.com.evil.example/",
        "javascript:alert(1)",
        "/signout",
        "/signin?fromURI=/signin",
        "/x\r\nSet-Cookie: a=b",
    ] {
        let mut browser = world.browser();
        let answer = browser.sign_in(ANN, PASSWORD, target).await;
        assert_eq!((answer.status.as_u16(), answer.location()), (303, "/"), "{target}");
    }
    let own = format!("{OWN}{}", world.picker());
    assert_eq!(world.browser().sign_in(ANN, PASSWORD, &own).await.location(), world.picker());
}

#[tokio::test]
async fn a_form_of_another_site_is_refused() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = browser.get("/signin").await;
    for origin in ["https://evil.example", "null"] {
        browser.headers = vec![("origin", origin.to_owned())];
        let answer = browser.submit_sign_in(&page, ANN, PASSWORD).await;
        assert_eq!(answer.status, 403);
        assert_eq!(answer.heading(), "The request came from somewhere else");
        assert!(answer.text.contains(&format!("Open {OWN} itself")));
    }
    assert!(!browser.cookies.contains_key("__Host-sid"));
}

#[tokio::test]
async fn a_form_without_its_cookie_is_shown_again() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = browser.get("/signin").await;
    browser.cookies.clear();
    let answer = browser.submit_sign_in(&page, ANN, PASSWORD).await;
    assert_eq!(answer.status, 403);
    assert!(answer.text.contains("open too long"));
    assert_eq!(browser.submit_sign_in(&answer, ANN, PASSWORD).await.location(), "/", "the second try works");
}

#[tokio::test]
async fn too_many_attempts_are_told_how_long_to_wait() {
    let world = World::with(RateLimits { sign_in_per_login: 2, ..RateLimits::default() }).await;
    let mut browser = world.browser();
    for _ in 0..2 {
        assert_eq!(browser.sign_in(ANN, "wrong", "/").await.status, 200);
    }
    let answer = browser.sign_in("ANN@example.com", PASSWORD, "/").await;
    assert_eq!(answer.status, 429);
    let seconds: u64 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds) && answer.text.contains("Wait "), "{seconds}");
}

#[tokio::test]
async fn an_expired_password_is_changed_on_the_way_in() {
    let world = World::new().await;
    world.update_ann(|ann| ann.status = UserStatus::PasswordExpired).await;
    let mut browser = world.browser();
    let page = browser.sign_in(ANN, PASSWORD, &world.picker()).await;
    assert_eq!((page.status.as_u16(), page.heading()), (200, "Choose a new password"));
    let (csrf, token, target) = (page.field("csrf"), page.field("stateToken"), page.field("fromURI"));
    let submit = |new: &'static str, again: &'static str| {
        vec![
            ("csrf", csrf.clone()),
            ("stateToken", token.clone()),
            ("fromURI", target.clone()),
            ("username", ANN.to_owned()),
            ("oldPassword", PASSWORD.to_owned()),
            ("newPassword", new.to_owned()),
            ("newPasswordAgain", again.to_owned()),
        ]
    };
    for (new, again, said) in [
        ("a violin in the harbour", "a violin in the harbor", "not the same"),
        ("short", "short", "at least 12 characters"),
    ] {
        let fields = submit(new, again);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = browser.post("/signin/password", &fields).await;
        assert_eq!(answer.status, 200);
        assert!(answer.text.contains(said), "{said}: {}", answer.text);
    }
    let fields = submit("a violin in the harbour", "a violin in the harbour");
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = browser.post("/signin/password", &fields).await;
    assert_eq!(answer.status, 303);
    let page = browser.get(answer.location()).await;
    assert!(page.text.contains("Your password is changed."));
    let answer = browser.submit_sign_in(&page, ANN, "a violin in the harbour").await;
    assert_eq!(answer.location(), world.picker());
}

#[tokio::test]
async fn an_account_that_is_not_active_yet_is_told_so_to_who_knows_its_password() {
    let world = World::new().await;
    world.update_ann(|ann| ann.status = UserStatus::Staged).await;
    let answer = world.browser().sign_in(ANN, PASSWORD, "/").await;
    assert_eq!(answer.status, 403);
    assert!(answer.text.contains("not active yet"));
}
