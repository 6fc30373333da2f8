//! Answers a page, with the policy that lets it load our own style sheet and script and nothing else.

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};

use crate::pages::error_page;

/// What a page may do beyond what every page may.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Further places that a form may go to, as origins.
    pub form_targets: Vec<String>,
    /// Lets the one script with this nonce run inside the page.
    pub nonce: Option<String>,
}

impl Policy {
    fn header(&self) -> String {
        let mut scripts = "'self'".to_owned();
        if let Some(nonce) = &self.nonce {
            scripts = format!("'self' 'nonce-{nonce}'");
        }
        let mut targets = "'self'".to_owned();
        for target in &self.form_targets {
            targets.push(' ');
            targets.push_str(target);
        }
        format!(
            "default-src 'none'; style-src 'self'; script-src {scripts}; img-src 'self' data:; \
             form-action {targets}; frame-ancestors 'none'; base-uri 'none'"
        )
    }
}

/// A page that needs no more than every page.
pub fn page(status: StatusCode, template: &impl Template) -> Response {
    page_with(status, template, &Policy::default())
}

/// A page. Never cached: each shows something of one person or of one moment.
pub fn page_with(status: StatusCode, template: &impl Template, policy: &Policy) -> Response {
    match template.render() {
        Ok(html) => with_headers((status, html).into_response(), policy),
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            error_page::internal()
        }
    }
}

/// The headers of every page. The referrer policy is not `no-referrer`: with it browsers send `Origin: null` with our
/// own forms, and the check of the origin would refuse them.
fn with_headers(mut response: Response, policy: &Policy) -> Response {
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    };
    set(header::CONTENT_TYPE, "text/html; charset=utf-8");
    set(header::CACHE_CONTROL, "no-store");
    set(header::REFERRER_POLICY, "same-origin");
    set(header::CONTENT_SECURITY_POLICY, &policy.header());
    response
}

/// `303` to one of our own pages.
pub fn see_other(to: &str) -> Response {
    match HeaderValue::from_str(to) {
        Ok(location) => {
            let headers = [(header::LOCATION, location), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
            (StatusCode::SEE_OTHER, headers).into_response()
        }
        Err(_) => error_page::not_found(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_may_post_to_itself_and_to_what_it_names() {
        let plain = Policy::default().header();
        assert!(plain.contains("form-action 'self';") && plain.contains("script-src 'self';"), "{plain}");
        let policy =
            Policy { form_targets: vec!["https://signin.aws.amazon.com".to_owned()], nonce: Some("abc".to_owned()) };
        let more = policy.header();
        assert!(more.contains("form-action 'self' https://signin.aws.amazon.com;"), "{more}");
        assert!(more.contains("script-src 'self' 'nonce-abc';") && !more.contains("unsafe"), "{more}");
    }
}
