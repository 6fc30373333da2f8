//! A responder on loopback that speaks just enough HTTP/1.1 for the SDK: each test says what it answers to each call.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use domain::{
    AccountId, AppId, Partition, Secret,
    aws::{AwsIntegration, ConnectedAccount, ConnectedAccounts, DiscoveryError, SourceAccount, SourceCredentials},
    time::Timestamp,
};
use ports::aws::{AwsAccounts, SourceSecrets, SourceSession};
use rolegate_aws::{AwsOptions, SdkAccounts};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// The largest request that is read.
const MOST_BYTES: usize = 1 << 20;

/// One call as the responder sees it.
pub(crate) struct Call {
    /// `AssumeRole`, `ListRoles` …
    pub(crate) action: String,
    /// The parameters of the form or of the JSON object, as text; `scope` is the signature's `Credential=`.
    pub(crate) parameters: HashMap<String, String>,
    /// The account that the session's key id names (`ASIA` and twelve digits), else the source's.
    pub(crate) account: String,
    /// How many calls of this action and account came before.
    pub(crate) before: usize,
}

impl Call {
    /// A parameter, or the empty text.
    pub(crate) fn parameter(&self, name: &str) -> &str {
        self.parameters.get(name).map_or("", String::as_str)
    }

    /// The account of `RoleArn`.
    pub(crate) fn asked_account(&self) -> &str {
        self.parameter("RoleArn").split(':').nth(4).unwrap_or("")
    }
}

/// What the responder does.
pub(crate) enum Reply {
    /// Status, content type, body.
    Answer(u16, &'static str, String),
    /// Says nothing and keeps the connection.
    Hang,
    /// A TCP reset.
    Reset,
    /// Promises the whole body and sends half of it.
    Half(String),
}

/// The account of the source credentials.
pub(crate) const SOURCE: &str = "111111111111";

type Handler = dyn Fn(&Call) -> Reply + Send + Sync;
type Counts = HashMap<(String, String), usize>;

/// A running responder.
pub(crate) struct Responder {
    address: SocketAddr,
    counts: Arc<Mutex<Counts>>,
}

impl Responder {
    /// Starts on a free port; ends with the test's runtime.
    pub(crate) async fn start(handler: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_with_delay(Duration::ZERO, handler).await
    }

    /// The same; every answer comes after `delay`.
    pub(crate) async fn start_with_delay(
        delay: Duration,
        handler: impl Fn(&Call) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let counts = Arc::new(Mutex::new(Counts::new()));
        let (handler, seen): (Arc<Handler>, _) = (Arc::new(handler), Arc::clone(&counts));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&handler), Arc::clone(&seen), delay));
            }
        });
        Self { address, counts }
    }

    /// `http://127.0.0.1:…`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many calls of an action came for an account.
    pub(crate) fn count(&self, action: &str, account: &str) -> usize {
        self.counts.lock().unwrap().get(&(action.to_owned(), account.to_owned())).copied().unwrap_or(0)
    }

    /// All calls.
    pub(crate) fn total(&self) -> usize {
        self.counts.lock().unwrap().values().sum()
    }

    /// A session of the source account through this responder.
    pub(crate) async fn session(&self) -> Box<dyn SourceSession> {
        self.session_with(quick_options()).await
    }

    /// The same with other limits.
    pub(crate) async fn session_with(&self, options: AwsOptions) -> Box<dyn SourceSession> {
        open(AwsOptions { endpoint_url: Some(self.url()), ..options }, &source(Partition::Aws)).await.unwrap()
    }
}

/// Retries without long waits; time limits that a loaded machine keeps.
pub(crate) fn quick_options() -> AwsOptions {
    AwsOptions {
        first_backoff: Duration::from_millis(2),
        longest_backoff: Duration::from_millis(20),
        ..AwsOptions::default()
    }
}

/// A source with an access key.
pub(crate) fn source(partition: Partition) -> SourceAccount {
    SourceAccount {
        partition,
        region: Some(partition.default_region().to_owned()),
        credentials: SourceCredentials::AccessKey { access_key_id: "AKIAEXAMPLESOURCE".to_owned() },
        connected: ConnectedAccounts::Listed(vec![]),
    }
}

/// An integration with Okta's defaults.
pub(crate) fn integration() -> AwsIntegration {
    AwsIntegration {
        app: AppId::parse("0oaaaaaaaaaaaaaaaaaa").unwrap(),
        enabled: true,
        sources: vec![],
        cross_account_role: "Okta-Idp-cross-account-role".to_owned(),
        external_id: None,
        session_name: "rolegate-discovery".to_owned(),
        interval_seconds: 3_600,
        last_updated: Timestamp::from_millis(0),
    }
}

/// Opens a source with a secret that no failure may show.
pub(crate) async fn open(
    options: AwsOptions,
    source: &SourceAccount,
) -> Result<Box<dyn SourceSession>, DiscoveryError> {
    let accounts = SdkAccounts::new(options);
    accounts.open(&integration(), source, secrets()).await.map_err(|failure| failure.0)
}

/// Opens the usual source on accounts that are there already.
pub(crate) async fn open_with(accounts: &SdkAccounts) -> Box<dyn SourceSession> {
    accounts.open(&integration(), &source(Partition::Aws), secrets()).await.unwrap()
}

fn secrets() -> SourceSecrets {
    SourceSecrets { secret_access_key: Some(Secret::from("very-secret-source-key")) }
}

/// A connected account without settings of its own.
pub(crate) fn connected(id: &str) -> ConnectedAccount {
    ConnectedAccount { id: account(id), role_name: None, external_id: None, session_name: None }
}

/// An account id.
pub(crate) fn account(id: &str) -> AccountId {
    id.parse().unwrap()
}

/// What a well-behaved AWS with `roles` in every account answers.
pub(crate) fn good(call: &Call, roles: &[String]) -> Reply {
    match call.action.as_str() {
        "GetCallerIdentity" => xml(format!(
            "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::{SOURCE}:user/source</Arn>\
             <UserId>AIDA</UserId><Account>{SOURCE}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
        )),
        "AssumeRole" => assumed(call.asked_account()),
        "ListRoles" => role_page(roles, None),
        "ListAccountAliases" => xml(format!(
            "<ListAccountAliasesResponse><ListAccountAliasesResult><IsTruncated>false</IsTruncated><AccountAliases>\
             <member>acme-{}</member></AccountAliases></ListAccountAliasesResult></ListAccountAliasesResponse>",
            call.account
        )),
        "GetAccountInformation" => {
            Reply::Answer(200, "application/json", r#"{"AccountName":"Acme & Söhne"}"#.to_owned())
        }
        other => Reply::Answer(400, "text/xml", error_body("InvalidAction", other)),
    }
}

/// The answer of `AssumeRole`; the key id names the account, so that later calls tell where they belong.
pub(crate) fn assumed(account: &str) -> Reply {
    xml(format!(
        "<AssumeRoleResponse><AssumeRoleResult><AssumedRoleUser><AssumedRoleId>AROA:s</AssumedRoleId>\
         <Arn>arn:aws:sts::{account}:assumed-role/Okta-Idp-cross-account-role/rolegate-discovery</Arn></AssumedRoleUser>\
         <Credentials><AccessKeyId>ASIA{account}</AccessKeyId><SecretAccessKey>very-secret-session-key</SecretAccessKey>\
         <SessionToken>very-secret-session-token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>\
         </AssumeRoleResult></AssumeRoleResponse>"
    ))
}

/// One page of roles; with a marker when there is more.
pub(crate) fn role_page(roles: &[String], marker: Option<&str>) -> Reply {
    let next = marker.map_or_else(String::new, |marker| format!("<Marker>{marker}</Marker>"));
    xml(format!(
        "<ListRolesResponse><ListRolesResult><IsTruncated>{}</IsTruncated>{next}<Roles>{}</Roles></ListRolesResult>\
         </ListRolesResponse>",
        marker.is_some(),
        roles.concat()
    ))
}

/// One role's XML.
pub(crate) fn role(arn: &str, trust: &str, rest: &str) -> String {
    let name = arn.rsplit('/').next().unwrap_or("");
    format!(
        "<member><Path>/</Path><RoleName>{name}</RoleName><RoleId>AROAEXAMPLE</RoleId><Arn>{arn}</Arn>\
         <CreateDate>2024-01-01T00:00:00Z</CreateDate>\
         <AssumeRolePolicyDocument>{trust}</AssumeRolePolicyDocument>{rest}</member>"
    )
}

/// A plain role of an account.
pub(crate) fn plain_role(account: &str, name: &str) -> String {
    role(&format!("arn:aws:iam::{account}:role/{name}"), "%7B%7D", "<MaxSessionDuration>7200</MaxSessionDuration>")
}

/// A success in XML.
pub(crate) fn xml(body: String) -> Reply {
    Reply::Answer(200, "text/xml", body)
}

/// An error as STS and IAM write it.
pub(crate) fn refusal(status: u16, code: &str, message: &str) -> Reply {
    Reply::Answer(status, "text/xml", error_body(code, message))
}

fn error_body(code: &str, message: &str) -> String {
    format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    )
}

/// An error or success as Organizations writes it.
pub(crate) fn json(status: u16, body: &serde_json::Value) -> Reply {
    Reply::Answer(status, "application/x-amz-json-1.1", body.to_string())
}

async fn serve(mut stream: TcpStream, handler: Arc<Handler>, counts: Arc<Mutex<Counts>>, delay: Duration) {
    let _ = stream.set_nodelay(true);
    let mut buffer = Vec::new();
    while let Some((head, body)) = request(&mut stream, &mut buffer).await {
        let call = parse(&head, &body, &counts);
        tokio::time::sleep(delay).await;
        match handler(&call) {
            Reply::Answer(status, kind, body) => {
                let head =
                    format!("HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n", body.len());
                if stream.write_all(&[head.as_bytes(), body.as_bytes()].concat()).await.is_err() {
                    return;
                }
            }
            Reply::Hang => std::future::pending().await,
            Reply::Reset => {
                let _ = stream.set_zero_linger();
                return;
            }
            Reply::Half(body) => {
                let head =
                    format!("HTTP/1.1 200 X\r\ncontent-type: text/xml\r\ncontent-length: {}\r\n\r\n", body.len());
                let _ = stream.write_all(&[head.as_bytes(), &body.as_bytes()[..body.len() / 2]].concat()).await;
                return;
            }
        }
    }
}

/// Reads one request; `None` at the end of the connection or when it is too large.
async fn request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<(String, Vec<u8>)> {
    loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
            let length = header(&head, "content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
            if buffer.len() >= end + 4 + length {
                let body = buffer[end + 4..end + 4 + length].to_vec();
                buffer.drain(..end + 4 + length);
                return Some((head, body));
            }
        }
        if buffer.len() > MOST_BYTES || stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

fn parse(head: &str, body: &[u8], counts: &Mutex<Counts>) -> Call {
    let body = String::from_utf8_lossy(body);
    let target = header(head, "x-amz-target").and_then(|target| target.rsplit('.').next());
    let is_account = head.starts_with("POST /getAccountInformation");
    let mut parameters: HashMap<String, String> = HashMap::new();
    if target.is_some() || is_account {
        let object: HashMap<String, serde_json::Value> = serde_json::from_str(&body).unwrap_or_default();
        parameters.extend(object.into_iter().map(|(key, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (key, text)
        }));
    } else {
        parameters.extend(body.split('&').filter_map(|pair| pair.split_once('=')).map(|(key, value)| {
            (key.to_owned(), percent_encoding::percent_decode_str(value).decode_utf8_lossy().into_owned())
        }));
    }
    let action = if is_account { "GetAccountInformation" } else { target.unwrap_or("") };
    let action =
        if action.is_empty() { parameters.get("Action").cloned().unwrap_or_default() } else { action.to_owned() };
    let key = header(head, "authorization").and_then(|value| value.split("Credential=").nth(1));
    parameters.insert("scope".to_owned(), key.unwrap_or("").to_owned());
    let account = key.and_then(|key| key.strip_prefix("ASIA")).map_or(SOURCE, |rest| &rest[..12]).to_owned();
    let mut call = Call { action, parameters, account, before: 0 };
    // `AssumeRole` is counted for the account that it asks for.
    let counted = if call.action == "AssumeRole" { call.asked_account().to_owned() } else { call.account.clone() };
    let mut counts = counts.lock().unwrap();
    let count = counts.entry((call.action.clone(), counted)).or_default();
    call.before = *count;
    *count += 1;
    call
}
