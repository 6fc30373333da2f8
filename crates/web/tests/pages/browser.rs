//! As much of a browser as forms need: it keeps cookies, says where a form came from, and reads fields.

use std::collections::BTreeMap;

use axum::body::{Body, to_bytes};
use http::{HeaderMap, Request, StatusCode, header};
use rolegate_web::{WebState, router};
use tower::ServiceExt;

use crate::world::OWN;

pub struct Browser {
    state: WebState,
    pub cookies: BTreeMap<String, String>,
    /// Sent with every request.
    pub headers: Vec<(&'static str, String)>,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |value| value.to_str().unwrap())
    }

    pub fn policy(&self) -> &str {
        self.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap()
    }

    /// What stands between the first `<h1…>` and its end.
    pub fn heading(&self) -> &str {
        let rest = self.text.split_once("<h1").unwrap().1.split_once('>').unwrap().1;
        rest.split_once("</h1>").unwrap().0
    }

    /// The value of the first field of this name, unescaped.
    pub fn field(&self, name: &str) -> String {
        let at = format!("name=\"{name}\"");
        let rest = self.text.split_once(&at).unwrap_or_else(|| unreachable!("no `{name}` in {}", self.text)).1;
        let tag = rest.split_once('>').unwrap().0;
        let value = tag.split_once("value=\"").map_or("", |(_, value)| value.split_once('"').unwrap().0);
        unescape(value)
    }
}

pub fn unescape(text: &str) -> String {
    let text = text.replace("&#39;", "'").replace("&#34;", "\"").replace("&quot;", "\"");
    text.replace("&#60;", "<").replace("&lt;", "<").replace("&gt;", ">").replace("&#38;", "&").replace("&amp;", "&")
}

pub fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

impl Browser {
    pub fn new(state: &WebState) -> Self {
        Self { state: state.clone(), cookies: BTreeMap::new(), headers: vec![("origin", OWN.to_owned())] }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, String::new()).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body: Vec<String> =
            fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        self.send("POST", path, body.join("&")).await
    }

    pub async fn send(&mut self, method: &str, path: &str, body: String) -> Answer {
        let mut request =
            Request::builder().method(method).uri(path).header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in &self.headers {
            if *name != "origin" || method == "POST" {
                request = request.header(*name, value);
            }
        }
        if !self.cookies.is_empty() {
            let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, pairs.join("; "));
        }
        let response = router(self.state.clone()).oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        self.keep(&headers);
        let bytes = to_bytes(response.into_body(), 1 << 24).await.unwrap();
        Answer { status, headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    fn keep(&mut self, headers: &HeaderMap) {
        for line in headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (name, rest) = line.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Opens the sign-in page, fills it in and sends it.
    pub async fn sign_in(&mut self, login: &str, password: &str, target: &str) -> Answer {
        let page = self.get(&format!("/signin?fromURI={}", encode(target))).await;
        self.submit_sign_in(&page, login, password).await
    }

    /// Fills in a sign-in page that is shown and sends it.
    pub async fn submit_sign_in(&mut self, page: &Answer, login: &str, password: &str) -> Answer {
        let (csrf, target) = (page.field("csrf"), page.field("fromURI"));
        let fields = [("csrf", csrf.as_str()), ("fromURI", &target), ("username", login), ("password", password)];
        self.post("/signin", &fields).await
    }
}
