//! What holds for every page.

use crate::{browser::Answer, world::World};

fn is_sound(path: &str, page: &Answer) {
    let policy = page.policy();
    for part in
        ["default-src 'none'", "style-src 'self'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"]
    {
        assert!(policy.contains(part), "{path}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{path}: {policy}");
    assert_eq!(page.headers["cache-control"], "no-store", "{path}");
    assert_eq!(page.headers["referrer-policy"], "same-origin", "{path}: browsers must name our origin with our forms");
    assert_eq!(page.headers["x-content-type-options"], "nosniff", "{path}");
    let text = &page.text;
    assert!(text.starts_with("<!doctype html>\n<html lang=\"en\">"), "{path}");
    for (part, times) in [("<h1", 1), ("<main ", 1), ("<title>", 1), ("class=\"skip\"", 1)] {
        assert_eq!(text.matches(part).count(), times, "{path}: {part}");
    }
    for forbidden in ["<style", " style=", " onclick=", " onload=", "javascript:", "http-equiv"] {
        assert!(!text.contains(forbidden), "{path}: {forbidden}");
    }
    for script in text.split("<script").skip(1) {
        assert!(script.starts_with(" src=\"/static/") || script.starts_with(" nonce=\""), "{path}: {script}");
    }
}

#[tokio::test]
async fn every_page_has_its_policy_and_its_frame() {
    let world = World::new().await;
    let (mut ann, mut stranger) = (world.signed_in().await, world.browser());
    let embed = format!("/home/amazon_aws/{}/272", world.app.id);
    for path in ["/signin", "/nowhere", embed.as_str()] {
        is_sound(path, &stranger.get(path).await);
    }
    let picker = world.picker();
    let launch = format!("{picker}/launch?account=000000000001&role=Admin");
    let refused = format!("{picker}/launch?account=000000000001&role=Nothing");
    for path in [&picker, &launch, &refused, &embed, "/sessions", "/signout", "/nowhere"] {
        is_sound(path, &ann.get(path).await);
    }
    is_sound("POST /sessions", &ann.post("/sessions", &[]).await);
}

#[tokio::test]
async fn what_is_not_there_and_what_is_not_allowed_are_pages_too() {
    let world = World::new().await;
    let mut browser = world.browser();
    let missing = browser.get("/nowhere").await;
    assert_eq!((missing.status.as_u16(), missing.heading()), (404, "There is no such page"));
    let method = browser.post("/sessions", &[]).await;
    assert_eq!((method.status.as_u16(), method.heading()), (405, "This page cannot be used that way"));
    let large = browser.send("POST", "/signin", "x".repeat(300_000)).await;
    assert_eq!((large.status.as_u16(), large.heading()), (413, "That was too much at once"));
    assert_eq!(browser.get("/signin/").await.status, 200, "a trailing slash does no harm");
}

#[tokio::test]
async fn what_a_page_loads_is_there_and_kept() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = browser.get("/signin").await;
    let files: Vec<&str> = page.text.split("\"/static/").skip(1).map(|rest| rest.split_once('"').unwrap().0).collect();
    assert_eq!(files.len(), 3, "icon, style sheet, script");
    for file in files {
        let answer = browser.get(&format!("/static/{file}")).await;
        assert_eq!(answer.status, 200);
        assert!(answer.headers["cache-control"].to_str().unwrap().contains("immutable"));
    }
    assert_eq!(browser.get("/favicon.ico").await.headers["content-type"], "image/svg+xml");
}
