//! A launch that does not happen: why, what to do about it, whom to ask and what to tell them.

use askama::Template;
use axum::response::Response;
use domain::App;
use http::StatusCode;
use usecases::{Finding, Severity, launch_role::Refusal};

use crate::{
    auth::SignedIn,
    pages::{
        answer,
        frame::{Frame, Place},
        near::NearMatch,
        sentence::Sentence,
        wording,
    },
    state::WebState,
};

/// The page. Clients show people the `<h1>` of its element `error-content`.
#[derive(Debug, Template)]
#[template(path = "refusal.html")]
pub struct RefusalPage {
    /// The frame.
    pub frame: Frame,
    /// What happened, in a few words.
    pub title: &'static str,
    /// Errors first.
    pub findings: Vec<Said>,
    /// Roles that the link may have meant.
    pub near: Vec<NearMatch>,
    /// The app's id and name.
    pub app: (String, String),
    /// Who asked, for what, when, and the code of the first finding: for the administrator.
    pub facts: Vec<(&'static str, String)>,
}

/// One finding as it is shown.
#[derive(Debug)]
pub struct Said {
    /// What is wrong.
    pub what: Sentence,
    /// What to do about it.
    pub fix: Option<Sentence>,
    /// What AWS would have answered.
    pub aws_error: Option<&'static str>,
    /// Whether it is beside the cause.
    pub is_remark: bool,
}

impl Said {
    /// A finding in words.
    pub fn of(finding: &Finding) -> Self {
        Self {
            what: Sentence::new(&finding.what),
            fix: finding.fix.as_deref().map(Sentence::new),
            aws_error: finding.aws_error,
            is_remark: finding.severity != Severity::Error,
        }
    }
}

/// The answer to a launch that was refused.
pub fn refused(
    state: &WebState,
    signed_in: &SignedIn,
    app: &App,
    refusal: &Refusal,
    asked: Option<String>,
    near: Vec<NearMatch>,
) -> Response {
    let mut facts = vec![("Person", signed_in.live.user.profile.login.to_string()), ("App", app.label.clone())];
    facts.extend(asked.map(|asked| ("Asked for", asked)));
    facts.push(("Code", refusal.code.clone()));
    facts.push(("Time", wording::point_in_time(state.services.now())));
    let page = RefusalPage {
        frame: Frame::of(state, signed_in, Place::Roles),
        title: title(&refusal.code),
        findings: refusal.findings.iter().map(Said::of).collect(),
        near,
        app: (app.id.to_string(), app.label.clone()),
        facts,
    };
    answer::page(status(&refusal.code), &page)
}

/// A link that cannot be read, as a refusal.
pub fn of_link(app: &App, causes: &[String]) -> Refusal {
    let finding = Finding {
        severity: Severity::Error,
        code: "link".to_owned(),
        what: causes.join("; "),
        fix: Some("pick the role from your list, and copy its link from there".to_owned()),
        aws_error: None,
    };
    Refusal { code: finding.code.clone(), findings: vec![finding], app_label: app.label.clone() }
}

fn title(code: &str) -> &'static str {
    match code {
        "not_assigned" => "This app is not assigned to you",
        "app_inactive" => "This app is switched off",
        "role_not_assigned" => "You do not have this role",
        "role_ambiguous" => "The link fits more than one role",
        "link" => "The link names no role",
        "relay_state" => "The link leads outside AWS",
        "no_roles" => "There is no role for you to enter",
        "too_large" => "You have too many roles for one sign-in",
        _ => "AWS would refuse this sign-in",
    }
}

fn status(code: &str) -> StatusCode {
    match code {
        "not_assigned" | "app_inactive" | "role_not_assigned" | "no_roles" => StatusCode::FORBIDDEN,
        "link" | "role_ambiguous" | "relay_state" => StatusCode::BAD_REQUEST,
        _ => StatusCode::CONFLICT,
    }
}
