//! Error pages: what happened, and what to do next. Clients show people the `<h1>` of the element with the class
//! `error-content`, so every one of them has it.

use askama::Template;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};

use crate::{
    error::ApiError,
    pages::{
        answer,
        frame::{Frame, Place},
    },
    state::WebState,
};

/// An error page.
#[derive(Debug, Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    /// The frame.
    pub frame: Frame,
    /// What happened, in a few words.
    pub title: String,
    /// What happened, in a sentence.
    pub message: String,
    /// What to do next.
    pub hint: String,
    /// A way out: address and words.
    pub way_out: (String, &'static str),
}

impl ErrorPage {
    fn new(title: &str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            frame: Frame::bare(),
            title: title.to_owned(),
            message: message.into(),
            hint: hint.into(),
            way_out: ("/".to_owned(), "Go to your roles"),
        }
    }

    fn answer(&self, status: StatusCode) -> Response {
        answer::page(status, self)
    }
}

/// No such page.
pub fn not_found() -> Response {
    ErrorPage::new(
        "There is no such page",
        "The address leads nowhere.",
        "Check it for typing errors, or start from your roles.",
    )
    .answer(StatusCode::NOT_FOUND)
}

/// Not with this method.
pub fn method_not_allowed() -> Response {
    ErrorPage::new(
        "This page cannot be used that way",
        "The address exists, but not for this kind of request.",
        "Open it as a link, or start from your roles.",
    )
    .answer(StatusCode::METHOD_NOT_ALLOWED)
}

/// Something went wrong that should not; without a frame, because the frame may be what went wrong.
pub fn internal() -> Response {
    internal_page().answer(StatusCode::INTERNAL_SERVER_ERROR)
}

fn internal_page() -> ErrorPage {
    ErrorPage::new(
        "Something went wrong here",
        "The mistake is ours, not yours; nothing was changed.",
        "Try again. If it happens again, tell your administrator when it happened: the server's log says why.",
    )
}

/// A form with more in it than any of ours.
pub fn form_too_large(limit: usize) -> Response {
    ErrorPage::new(
        "That was too much at once",
        format!("The form could not be read, or has more than {limit} bytes."),
        "Go back, reload the page and try again.",
    )
    .answer(StatusCode::PAYLOAD_TOO_LARGE)
}

/// A form that did not arrive in time.
pub fn too_slow(seconds: f32) -> Response {
    ErrorPage::new(
        "That took too long",
        format!("The form did not arrive within {seconds} seconds, so nothing was done."),
        "Look at your network, reload the page and try again.",
    )
    .answer(StatusCode::REQUEST_TIMEOUT)
}

/// A form whose token does not fit: left open over a sign-out, or not ours.
pub fn stale_form(state: &WebState) -> Response {
    let page = ErrorPage::new(
        "This page was open too long",
        "The form belongs to a session that has ended, so nothing was done.",
        "Open the page anew and try again.",
    );
    with_frame(state, page).answer(StatusCode::FORBIDDEN)
}

/// What a use case answered instead of a result.
pub fn failed(state: &WebState, error: usecases::Error) -> Response {
    of(state, &ApiError::from(error))
}

/// The page of an error of the API.
pub fn of(state: &WebState, error: &ApiError) -> Response {
    let page = match (error.status, error.code) {
        (StatusCode::TOO_MANY_REQUESTS, _) => ErrorPage::new(
            "Too many attempts",
            "There were more attempts from here than are allowed in a minute.",
            wait(error.retry_after),
        ),
        (StatusCode::NOT_FOUND, _) => ErrorPage::new(
            "That is not here",
            format!("{}.", error.summary),
            "It may have been removed. Start from your roles.",
        ),
        (StatusCode::FORBIDDEN, "E0000006") => cross_site(state),
        (StatusCode::SERVICE_UNAVAILABLE, _) => ErrorPage::new(
            "Not available at the moment",
            "A part that this page needs does not answer; nothing was changed.",
            "Try again in a moment. If it stays like this, tell your administrator: the server's log says why.",
        ),
        (status, _) if status.is_client_error() => {
            let causes = if error.causes.is_empty() { error.summary.clone() } else { error.causes.join(". ") };
            ErrorPage::new("That did not work", format!("{causes}."), "Go back, correct it and try again.")
        }
        _ => internal_page(),
    };
    let mut response = with_frame(state, page).answer(error.status);
    if let Some(seconds) = error.retry_after
        && let Ok(value) = HeaderValue::from_str(&seconds.to_string())
    {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}

fn cross_site(state: &WebState) -> ErrorPage {
    let own = state.services.settings.public_url.as_str();
    let page = ErrorPage::new(
        "The request came from somewhere else",
        "It was sent by a page of another address and was not carried out.",
        format!("Open {own} itself and try there."),
    );
    ErrorPage { way_out: (format!("{own}/"), "Open the right address"), ..page }
}

fn wait(seconds: Option<u64>) -> String {
    match seconds {
        Some(1) | None => "Wait a second, then try again.".to_owned(),
        Some(seconds) => format!("Wait {seconds} seconds, then try again."),
    }
}

fn with_frame(state: &WebState, page: ErrorPage) -> ErrorPage {
    ErrorPage { frame: Frame { place: Place::Elsewhere, ..Frame::anonymous(state) }, ..page }
}
