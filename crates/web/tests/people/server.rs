//! The router on a store in memory, and short ways to ask it.

use std::sync::Arc;

use axum::{Router, body::Body};
use domain::{Secret, User, user::AdminRole};
use http::{Method, Request, StatusCode, header};
use rolegate_web::{WebOptions, WebState};
use serde_json::{Value, json};
use store::{SqliteOptions, SqliteStore};
use testkit::{CountingEntropy, FakeAws, FakeDirectory, FakeKeys, FakePasswords, FixedClock, sample};
use tower::ServiceExt;
use usecases::{
    Adapters, Caller, PublicUrl, Services, Settings,
    manage_users::{self, NewUser},
    tokens::{self, NewToken},
};

pub const ORIGIN: &str = "https://id.example.com";
pub const PASSWORD: &str = "correct horse battery";

/// Who asks.
#[derive(Clone, Copy)]
pub enum As<'a> {
    Nobody,
    /// The whole `Authorization` header.
    Authorization(&'a str),
    /// A session's secret.
    Session(&'a str),
}

pub struct Server {
    pub services: Arc<Services>,
    pub clock: Arc<FixedClock>,
    pub root: User,
    pub ldap: FakeDirectory,
    router: Router,
    /// `SSWS …` of a token of the machine with all rights.
    pub token: String,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: http::HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/json");
        serde_json::from_slice(&self.bytes).unwrap()
    }

    /// The body of an answer with this status.
    pub fn is(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.bytes));
        if self.bytes.is_empty() { Value::Null } else { self.json() }
    }

    /// Asserts Okta's error object; answers its causes, joined.
    pub fn is_error(&self, status: u16, code: &str) -> String {
        let body = self.is(status);
        assert_eq!(body["errorCode"], code, "{body}");
        assert_eq!(body["errorLink"], code);
        assert!(body["errorSummary"].as_str().is_some_and(|summary| !summary.is_empty()));
        assert!(body["errorId"].as_str().is_some_and(|id| id.starts_with("oae")));
        let causes = body["errorCauses"].as_array().unwrap();
        let causes: Vec<&str> = causes.iter().map(|cause| cause["errorSummary"].as_str().unwrap()).collect();
        causes.join("\n")
    }

    /// Asserts that there is neither body nor content type.
    pub fn is_empty(&self) {
        assert_eq!(self.status, StatusCode::NO_CONTENT, "{}", String::from_utf8_lossy(&self.bytes));
        assert!(self.bytes.is_empty());
        assert!(!self.headers.contains_key(header::CONTENT_TYPE));
    }

    pub fn links(&self) -> Vec<&str> {
        self.headers.get_all(header::LINK).iter().map(|value| value.to_str().unwrap()).collect()
    }

    /// Path and query of the next page.
    pub fn next(&self) -> Option<String> {
        let line = self.links().into_iter().find_map(|line| line.strip_suffix("; rel=\"next\""))?;
        let url = line.trim_start_matches('<').trim_end_matches('>');
        Some(url.strip_prefix(ORIGIN).unwrap().to_owned())
    }
}

impl Server {
    pub async fn new() -> Self {
        let clock = Arc::new(FixedClock::default());
        let ldap = FakeDirectory::new();
        let adapters = Adapters {
            store: Arc::new(SqliteStore::open(&SqliteOptions::memory()).await.unwrap()),
            keys: Arc::new(FakeKeys::new()),
            passwords: Arc::new(FakePasswords),
            aws: Arc::new(FakeAws::new(sample::account_id(1))),
            directories: Arc::new(ldap.clone()),
            clock: clock.clone(),
            entropy: Arc::new(CountingEntropy::new()),
        };
        let services = Arc::new(Services::new(adapters, Settings::new(PublicUrl::parse(ORIGIN).unwrap())));
        let new = NewUser {
            admin_role: Some(AdminRole::SuperAdmin),
            ..NewUser::new(sample::user("root@example.com").profile, Some(Secret::from(PASSWORD)))
        };
        let root = manage_users::create(&services, &Caller::system(), new).await.unwrap();
        let token = machine_token(&services, "machine", AdminRole::SuperAdmin).await;
        let router = rolegate_web::router(WebState::new(services.clone(), WebOptions::default()));
        Self { services, clock, root, ldap, router, token }
    }

    pub async fn send(&self, caller: As<'_>, method: &str, target: &str, body: impl Into<Body>) -> Answer {
        let (parts, body) = self.respond(caller, method, target, body).await.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, bytes }
    }

    /// The answer whose body is still to be read.
    pub async fn respond(
        &self,
        caller: As<'_>,
        method: &str,
        target: &str,
        body: impl Into<Body>,
    ) -> axum::response::Response {
        let mut request = Request::builder().method(Method::from_bytes(method.as_bytes()).unwrap()).uri(target);
        request = match caller {
            As::Nobody => request,
            As::Authorization(value) => request.header(header::AUTHORIZATION, value),
            As::Session(secret) => request.header(header::COOKIE, format!("sid={secret}")),
        };
        // As one SDK does, with or without a body.
        let request = request.header(header::CONTENT_TYPE, "application/octet-stream").body(body.into()).unwrap();
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// The machine's token asks, without body.
    pub async fn ask(&self, method: &str, target: &str) -> Answer {
        self.send(As::Authorization(&self.token), method, target, Body::empty()).await
    }

    /// The machine's token asks, with JSON.
    pub async fn tell(&self, method: &str, target: &str, body: Value) -> Answer {
        self.send(As::Authorization(&self.token), method, target, body.to_string()).await
    }

    /// Makes an active user over the API; answers the id.
    pub async fn active(&self, login: &str) -> String {
        let body = json!({ "profile": profile(login), "credentials": { "password": { "value": PASSWORD } } });
        self.tell("POST", "/api/v1/users", body).await.is(200)["id"].as_str().unwrap().to_owned()
    }

    pub async fn group(&self, name: &str) -> String {
        let body = json!({ "profile": { "name": name } });
        self.tell("POST", "/api/v1/groups", body).await.is(200)["id"].as_str().unwrap().to_owned()
    }

    /// Begins a session of a user; answers the cookie's secret.
    pub async fn session(&self, id: &str) -> String {
        let user = manage_users::find(&self.services, &Caller::system(), id).await.unwrap();
        let secret = format!("session-of-{id}");
        let session = sample::session(&user, &secret);
        let mut unit = self.services.store.begin().await.unwrap();
        unit.insert_session(&session, &self.services.keys.secret_hash(&secret)).await.unwrap();
        unit.commit().await.unwrap();
        secret
    }
}

pub fn profile(login: &str) -> Value {
    json!({ "login": login, "email": "mail@example.com", "firstName": "Test", "lastName": "Person" })
}

pub async fn machine_token(services: &Services, name: &str, role: AdminRole) -> String {
    let new = NewToken { name: name.to_owned(), role, expires: None };
    let made = tokens::create(services, &Caller::system(), new).await.unwrap();
    format!("SSWS {}", made.secret.expose())
}
