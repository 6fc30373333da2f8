//! Every template with sample data, each text of which wants to be something else than text.

use askama::Template;
use http::StatusCode;

use crate::pages::{
    error_page::ErrorPage,
    frame::{Frame, Person, Place},
    launch::{EncodedResponse, ToAwsPage},
    near::NearMatch,
    password::NewPasswordPage,
    picker::{Nothing, PickerPage},
    portal::{PortalPage, Tile},
    refusal::{RefusalPage, Said},
    role_list::{AccountRow, RefusedRow, RoleList, RoleRow, Warning},
    sentence::Sentence,
    sessions::{Row, SessionsPage},
    signin::SignInPage,
    signout::SignOutPage,
};

const HOSTILE: &str = "</title><script>x</script>\"'`&\u{202e}";

fn text() -> String {
    HOSTILE.to_owned()
}

fn frame() -> Frame {
    let person = Person { name: text(), login: text(), csrf: "0123".to_owned() };
    Frame { organisation: text(), person: Some(person), place: Place::Roles, ..Frame::bare() }
}

fn sign_in() -> SignInPage {
    SignInPage {
        frame: Frame { person: None, ..frame() },
        action: "https://id.example.com/signin".to_owned(),
        target: text(),
        csrf: text(),
        username: text(),
        error: Some(text()),
        notice: Some("You are signed out."),
        lock: "15 min".to_owned(),
        state_token: Some(("00sabc".to_owned(), "nonce".to_owned())),
    }
}

fn role() -> RoleRow {
    RoleRow {
        arn: text(),
        name: text(),
        path: text(),
        description: text(),
        granted: "1 h".to_owned(),
        allowed: Some("12 h".to_owned()),
        warnings: vec![Warning { what: Sentence::new(HOSTILE), fix: Sentence::new("") }],
        link: text(),
        hidden: false,
    }
}

fn list() -> RoleList {
    let account = AccountRow {
        name: text(),
        alias: Some(text()),
        id: text(),
        partition: Some("aws-cn"),
        stale: Some(text()),
        roles: vec![role(), RoleRow { hidden: true, ..role() }],
        hidden: false,
    };
    let refused =
        RefusedRow { label: text(), arn: text(), why: Sentence::new(HOSTILE), fix: Some(Sentence::new(HOSTILE)) };
    RoleList { accounts: vec![account], refused: vec![refused] }
}

fn picker(nothing: Option<Nothing>) -> PickerPage {
    let (list, read) = (list(), "just now".to_owned());
    PickerPage { frame: frame(), app: "0oa".to_owned(), label: text(), q: text(), list, read, nothing }
}

fn sessions() -> SessionsPage {
    let time = || ("just now".to_owned(), "2026-11-22 05:10 UTC".to_owned());
    let row = |is_this| Row {
        id: text(),
        browser: text(),
        address: text(),
        started: time(),
        used: time(),
        ends: time(),
        is_this,
    };
    SessionsPage { frame: frame(), rows: vec![row(true), row(false)], notice: Some(text()) }
}

fn refusal() -> RefusalPage {
    let what = Sentence::new(HOSTILE);
    let said = Said { fix: Some(what.clone()), what, aws_error: Some("Error"), is_remark: false };
    let near = NearMatch { label: text(), arn: text(), link: text() };
    RefusalPage {
        frame: frame(),
        title: "You do not have this role",
        findings: vec![said],
        near: vec![near],
        app: (text(), text()),
        facts: vec![("Person", text())],
    }
}

fn all() -> Vec<(&'static str, String)> {
    fn html(template: &impl Template) -> String {
        template.render().unwrap()
    }
    let from = sign_in();
    let password = NewPasswordPage {
        frame: from.frame.clone(),
        action: from.action.clone(),
        target: text(),
        csrf: text(),
        username: text(),
        state_token: text(),
        error: Some(text()),
    };
    let tile = Tile { address: text(), label: text(), summary: text() };
    let nothing = Nothing { assigned: true, app_active: true, groups: vec![text(), text()] };
    let to_aws = ToAwsPage {
        frame: from.frame.clone(),
        acs_url: text(),
        saml_response: EncodedResponse::sample(),
        relay_state: text(),
        back: text(),
        duration: Some(text()),
    };
    let error = ErrorPage {
        frame: frame(),
        title: text(),
        message: text(),
        hint: text(),
        way_out: (text(), "Go to your roles"),
    };
    vec![
        ("signin", html(&from)),
        ("password", html(&password)),
        ("signout", html(&SignOutPage { frame: frame() })),
        ("portal", html(&PortalPage { frame: frame(), tiles: vec![tile], groups: Vec::new() })),
        ("portal, empty", html(&PortalPage { frame: frame(), tiles: Vec::new(), groups: vec![text()] })),
        ("picker", html(&picker(None))),
        ("picker, empty", html(&picker(Some(nothing)))),
        ("to_aws", html(&to_aws)),
        ("refusal", html(&refusal())),
        ("sessions", html(&sessions())),
        ("error", html(&error)),
    ]
}

#[test]
fn every_template_keeps_text_as_text_in_a_whole_page() {
    for (name, html) in all() {
        assert!(!html.contains("<script>x") && !html.contains("</title><script"), "{name}: {html}");
        for (part, times) in [("<h1", 1), ("</h1>", 1), ("<main ", 1), ("</main>", 1), ("<title>", 1), ("</html>", 1)] {
            assert_eq!(html.matches(part).count(), times, "{name}: {part}");
        }
        for (open, close) in [("<form", "</form>"), ("<ul", "</ul>"), ("<section", "</section>")] {
            assert_eq!(html.matches(open).count(), html.matches(close).count(), "{name}: {open}");
        }
        assert!(html.contains("<html lang=\"en\">") && html.contains("class=\"skip\" href=\"#main\""), "{name}");
        assert!(!html.contains(" style=") && !html.contains("<style"), "{name}");
    }
}

#[test]
fn every_field_has_a_label() {
    for (name, html) in all() {
        for field in html.split("<input ").skip(1).map(|rest| rest.split('>').next().unwrap()) {
            let id = field.split_once("id=\"").map(|(_, rest)| rest.split('"').next().unwrap());
            let is_hidden = field.contains("type=\"hidden\"");
            assert!(is_hidden || id.is_some_and(|id| html.contains(&format!("for=\"{id}\""))), "{name}: {field}");
        }
    }
}

#[test]
fn the_page_of_a_broken_page_needs_nothing() {
    assert_eq!(crate::pages::error_page::internal().status(), StatusCode::INTERNAL_SERVER_ERROR);
}
