//! A server on a store in memory, with an API token, one app, two accounts, one person and one group.

use std::sync::Arc;

use axum::{Router, body::Body, body::to_bytes};
use domain::{App, AppStatus, Group, User, key::KeyAlgorithm, user::AdminRole};
use http::{HeaderMap, Request, StatusCode, header};
use keys::{KeyRing, MasterKey, OsEntropy, Sealer};
use rolegate_web::{WebOptions, WebState, router};
use serde_json::Value;
use store::{SqliteOptions, SqliteStore};
use testkit::{CountingEntropy, FakeAws, FakeDirectory, FakePasswords, FixedClock, sample};
use tower::ServiceExt;
use usecases::{
    Adapters, Caller, PublicUrl, Services, Settings,
    manage_apps::{self, AppProfile},
    tokens::{self, NewToken},
};

pub const ORIGIN: &str = "https://id.example.com";

pub struct World {
    pub app: App,
    pub ann: User,
    pub ops: Group,
    pub ldap: FakeDirectory,
    pub services: Arc<Services>,
    router: Router,
    pub token: String,
}

/// The secret of a new token.
pub async fn token(services: &Services, role: AdminRole) -> String {
    let new = NewToken { name: role.as_str().to_owned(), role, expires: None };
    tokens::create(services, &Caller::system(), new).await.unwrap().secret.expose().clone()
}

/// An answer, read to its end.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The JSON of a `200`.
    pub fn ok(&self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text);
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/json");
        self.json()
    }

    /// `errorCode` and all causes in one text.
    pub fn error(&self) -> (String, String) {
        let body = self.json();
        let causes = body["errorCauses"].as_array().unwrap().iter();
        let causes: Vec<&str> = causes.map(|cause| cause["errorSummary"].as_str().unwrap()).collect();
        (body["errorCode"].as_str().unwrap().to_owned(), causes.join("\n"))
    }
}

impl World {
    pub async fn new() -> Self {
        let ldap = FakeDirectory::new();
        let adapters = Adapters {
            store: Arc::new(SqliteStore::open(&SqliteOptions::memory()).await.unwrap()),
            keys: Arc::new(KeyRing::new(Sealer::new(MasterKey::generate(&OsEntropy), Vec::new()), Arc::new(OsEntropy))),
            passwords: Arc::new(FakePasswords),
            aws: Arc::new(FakeAws::new(sample::account_id(1))),
            directories: Arc::new(ldap.clone()),
            clock: Arc::new(FixedClock::default()),
            entropy: Arc::new(CountingEntropy::new()),
        };
        let services = Arc::new(Services::new(adapters, Settings::new(PublicUrl::parse(ORIGIN).unwrap())));
        let system = Caller::system();
        let token = token(&services, AdminRole::SuperAdmin).await;
        let mut profile = AppProfile::labelled("AWS");
        profile.settings.identity_provider_arn = "arn:aws:iam::000000000001:saml-provider/Okta".parse().ok();
        let algorithm = KeyAlgorithm::Rsa2048;
        let app = manage_apps::create(&services, &system, profile, AppStatus::Active, algorithm).await.unwrap();
        let (ann, ops) = (sample::user("ann@example.com"), sample::group("ops"));
        let mut unit = services.store.begin().await.unwrap();
        unit.insert_user(&ann, None).await.unwrap();
        unit.insert_group(&ops).await.unwrap();
        unit.add_member(&ops.id, &ann.id, sample::NOW).await.unwrap();
        for (number, names) in [(1, vec!["Admin", "Reader"]), (2, vec!["Admin", "Deploy"]), (3, vec!["Deploy"])] {
            let account = sample::aws_account(&app, number);
            let roles: Vec<_> = names.iter().map(|name| sample::aws_role(&account, name)).collect();
            unit.put_account_reading(&account, &roles, sample::NOW).await.unwrap();
        }
        unit.commit().await.unwrap();
        let router = router(WebState::new(services.clone(), WebOptions::default()));
        Self { app, ann, ops, ldap, services, router, token }
    }

    /// One request as it is.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    /// One request with the token.
    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.call_as(&self.token, method, path, body).await
    }

    /// One request with this token and any body.
    pub async fn call_as(&self, token: &str, method: &str, path: &str, body: impl Into<Body>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("SSWS {token}"))
            .header(header::CONTENT_TYPE, "application/octet-stream");
        self.send(request.body(body.into()).unwrap()).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, None).await
    }

    /// `/api/v1/apps/{id}` and what follows.
    pub fn path(&self, rest: &str) -> String {
        format!("/api/v1/apps/{}{rest}", self.app.id)
    }
}

pub fn arn(account: u64, role: &str) -> String {
    format!("arn:aws:iam::{account:012}:role/{role}")
}
