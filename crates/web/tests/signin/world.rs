//! A server without a socket: requests in, answers out.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use domain::{App, Secret, User};
use http::{HeaderMap, Request, StatusCode, header};
use ports::Store;
use rolegate_web::{RateLimits, WebOptions, WebState, router};
use serde_json::{Value, json};
use store::{SqliteOptions, SqliteStore};
use testkit::{CountingEntropy, FakeAws, FakeDirectory, FakeKeys, FakePasswords, FixedClock, sample};
use tower::ServiceExt;
use usecases::{Adapters, PublicUrl, Services, Settings};

pub const PASSWORD: &str = "correct horse battery";
pub const ANN: &str = "ann@example.com";
pub const OWN: &str = "https://id.example.com";
/// An `SSWS` token of a super administrator.
pub const TOKEN: &str = "00administrators-token";

pub struct World {
    pub state: WebState,
    pub clock: Arc<FixedClock>,
    pub ann: User,
    pub app: App,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    /// The value of each cookie set under this name.
    pub fn cookies(&self, name: &str) -> Vec<String> {
        let set = self.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap());
        let values = set.filter_map(|line| line.split(';').next()?.strip_prefix(name)?.strip_prefix('='));
        values.map(str::to_owned).collect()
    }

    pub fn location(&self) -> &str {
        self.headers[header::LOCATION].to_str().unwrap()
    }
}

impl World {
    pub async fn new() -> Self {
        Self::at(OWN, RateLimits::default()).await
    }

    pub async fn at(public_url: &str, rate_limits: RateLimits) -> Self {
        let clock = Arc::new(FixedClock::default());
        let mut settings = Settings::new(PublicUrl::parse(public_url).unwrap());
        settings.lockout.failures = 3;
        let adapters = Adapters {
            store: Arc::new(SqliteStore::open(&SqliteOptions::memory()).await.unwrap()),
            keys: Arc::new(FakeKeys::new()),
            passwords: Arc::new(FakePasswords),
            aws: Arc::new(FakeAws::new(sample::account_id(1))),
            directories: Arc::new(FakeDirectory::new()),
            clock: clock.clone(),
            entropy: Arc::new(CountingEntropy::new()),
        };
        let services = Arc::new(Services::new(adapters, settings));
        let (ann, app) = (sample::user(ANN), sample::app("AWS"));
        let mut unit = services.store.begin().await.unwrap();
        unit.insert_user(&ann, Some(&FakePasswords::hash_of(PASSWORD))).await.unwrap();
        unit.insert_app(&app).await.unwrap();
        unit.put_user_assignment(&sample::user_assignment(&app, &ann, &[])).await.unwrap();
        let hash = services.keys.secret_hash(TOKEN);
        unit.insert_token(&sample::api_token(None, "tests"), &hash).await.unwrap();
        unit.commit().await.unwrap();
        let state = WebState::new(services, WebOptions { rate_limits, ..WebOptions::default() });
        Self { state, clock, ann, app }
    }

    pub fn store(&self) -> &dyn Store {
        &*self.state.services.store
    }

    pub async fn update_user(&self, user: &User) {
        let mut unit = self.store().begin().await.unwrap();
        unit.update_user(user).await.unwrap();
        unit.commit().await.unwrap();
    }

    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = router(self.state.clone()).oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        Answer { status, headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    pub async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send("GET", path, headers, "").await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, &[("content-type", "application/json")], &body.to_string()).await
    }

    pub async fn authn(&self, username: &str, password: &str) -> Answer {
        self.post("/api/v1/authn", &json!({ "username": username, "password": password })).await
    }

    /// A `sessionToken` of Ann.
    pub async fn session_token(&self) -> String {
        let answer = self.authn(ANN, PASSWORD).await;
        answer.json()["sessionToken"].as_str().unwrap_or_else(|| unreachable!("{}", answer.text)).to_owned()
    }

    /// The secret of a session of Ann.
    pub async fn session(&self) -> String {
        let token = self.session_token().await;
        let answer = self.post("/api/v1/sessions", &json!({ "sessionToken": token })).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    pub async fn is_live(&self, secret: &str) -> bool {
        let secret = Secret::from(secret);
        usecases::sessions::peek(&self.state.services, secret.expose()).await.unwrap().is_some()
    }
}
