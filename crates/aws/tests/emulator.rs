//! The adapter against the emulator, which we share with the demo: signatures, policies and trust policies are checked
//! there by code that knows nothing of this crate, over moto's store.
//!
//! Needs `ROLEGATE_EMULATOR_PYTHON`, the interpreter of an environment with `crates/rolegate/emulator/requirements.txt`.
//! `ROLEGATE_EMULATOR_PYTHON=… cargo test -p rolegate-aws --test emulator -- --ignored`

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "test code outside of the test functions: clippy exempts only these"
)]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use domain::{
    AppId, Partition, Secret,
    aws::{
        AwsIntegration, ConnectedAccount, ConnectedAccounts, DiscoveryError, DiscoveryStep, OrganizationState,
        SourceAccount, SourceCredentials,
    },
    time::Timestamp,
};
use ports::aws::{AccountReading, AwsAccounts as _, SourceSecrets, SourceSession};
use rolegate_aws::{AwsOptions, SdkAccounts};
use serde_json::{Value, json};

const STAGING: &str = "222233334444";
const DATA: &str = "333344445555";
const UNREADABLE: &str = "444455556666";
const GOVERNMENT: &str = "555566667777";
const KEY: (&str, &str) = ("AKIAROLEGATEEXAMPLE1", "example+rolegate+demo+source+secret+key1");
const GOVERNMENT_KEY: (&str, &str) = ("AKIAROLEGATEEXAMPLE2", "example+rolegate+demo+source+secret+key2");
const ADMINISTRATOR: (&str, &str) = ("AKIAROLEGATEADMIN001", "example+rolegate+demo+admin++secret+key1");

/// A running emulator with the demo's world; ends with its owner.
struct Emulator {
    child: Child,
    address: String,
}

impl Emulator {
    fn start() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rolegate/emulator");
        let Some(python) = std::env::var_os("ROLEGATE_EMULATOR_PYTHON") else {
            panic!(
                "`ROLEGATE_EMULATOR_PYTHON` is not set: `python3 -m venv V && V/bin/pip install -r \
                 crates/rolegate/emulator/requirements.txt`, then set it to `V/bin/python`"
            );
        };
        let mut child = Command::new(&python)
            .args(["-m", "rolegate_emulator", "--listen", "127.0.0.1:0", "--exit-with-stdin"])
            .current_dir(folder)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start `{}`: {error}", python.display()));
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).expect("the emulator ended before it was ready: see stderr");
        let address = ready["url"].as_str().unwrap().strip_prefix("http://").unwrap().to_owned();
        let emulator = Self { child, address };
        let world: Value = serde_json::from_str(include_str!("../../rolegate/emulator/world.json")).unwrap();
        emulator.control("seed", &json!({ "world": world }));
        emulator
    }

    /// Posts to one of the emulator's own endpoints.
    fn control(&self, name: &str, body: &Value) {
        let body = body.to_string();
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let head = format!("POST /__emulator/{name} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.address);
        write!(stream, "{head}content-length: {}\r\n\r\n{body}", body.len()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    fn options(&self) -> AwsOptions {
        AwsOptions {
            endpoint_url: Some(format!("http://{}", self.address)),
            first_backoff: Duration::from_millis(2),
            longest_backoff: Duration::from_millis(20),
            ..AwsOptions::default()
        }
    }

    async fn open(&self, partition: Partition, key: (&str, &str)) -> Box<dyn SourceSession> {
        self.open_with(self.options(), partition, key).await
    }

    async fn open_with(&self, options: AwsOptions, partition: Partition, key: (&str, &str)) -> Box<dyn SourceSession> {
        let source = SourceAccount {
            partition,
            region: Some(partition.default_region().to_owned()),
            credentials: SourceCredentials::AccessKey { access_key_id: key.0.to_owned() },
            connected: ConnectedAccounts::Listed(vec![]),
        };
        let integration = AwsIntegration {
            app: AppId::parse("0oaaaaaaaaaaaaaaaaaa").unwrap(),
            enabled: true,
            sources: vec![],
            cross_account_role: "Okta-Idp-cross-account-role".to_owned(),
            external_id: Some("rolegate-demo".to_owned()),
            session_name: "rolegate-discovery".to_owned(),
            interval_seconds: 3_600,
            last_updated: Timestamp::from_millis(0),
        };
        let secrets = SourceSecrets { secret_access_key: Some(Secret::from(key.1)) };
        SdkAccounts::new(options).open(&integration, &source, secrets).await.unwrap()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn connected(id: &str) -> ConnectedAccount {
    ConnectedAccount { id: id.parse().unwrap(), role_name: None, external_id: None, session_name: None }
}

async fn read(session: &dyn SourceSession, id: &str) -> Result<AccountReading, DiscoveryError> {
    let one = connected(id);
    session.read_account(one.id, Some(&one), true).await.map_err(|failure| failure.0)
}

#[tokio::test]
#[ignore = "needs the emulator: make test"]
async fn good_accounts_are_read_with_roles_alias_and_name() {
    let emulator = Emulator::start();
    let session = emulator.open(Partition::Aws, KEY).await;
    let identity = session.identity().await.unwrap();
    assert_eq!(identity.arn, "arn:aws:iam::111122223333:user/rolegate-source");

    let data = read(&*session, DATA).await.unwrap();
    assert_eq!((data.alias.as_deref(), data.name.as_deref()), (Some("example-data"), Some("Example Data & Sandbox")));
    assert_eq!(data.roles.len(), 12);
    let longest = "Data+Pipeline=Batch,Export.Reporting@Example-Org_Quarterly-Closi";
    let longest = data.roles.iter().find(|role| role.arn.name().as_str() == longest).unwrap();
    assert_eq!(longest.arn.path(), "/team/data/pipelines/");
    for role in &data.roles {
        let policy: Value = serde_json::from_str(&role.trust_policy).unwrap();
        assert_eq!(policy["Version"], "2012-10-17", "{}", role.arn);
    }

    let staging = read(&*session, STAGING).await.unwrap();
    assert_eq!(staging.roles.len(), 11, "the service-linked role is left out");
}

#[tokio::test]
#[ignore = "needs the emulator: make test"]
async fn wrong_credentials_are_named() {
    let emulator = Emulator::start();
    let unknown = emulator.open(Partition::Aws, ("AKIANOSUCHKEYEXAMPLE", "x")).await;
    let error = unknown.identity().await.unwrap_err().0;
    assert_eq!((error.step, error.code.as_str()), (DiscoveryStep::SourceCredentials, "InvalidClientTokenId"));
    assert!(error.hint.contains("`AKIANOSUCHKEYEXAMPLE`"), "{}", error.hint);

    let wrong = emulator.open(Partition::Aws, (KEY.0, "not-the-secret")).await;
    let error = wrong.identity().await.unwrap_err().0;
    assert_eq!(error.code, "SignatureDoesNotMatch");
    assert!(error.hint.contains(KEY.0) && !format!("{error:?}").contains("not-the-secret"), "{error:?}");
    assert_eq!(read(&*wrong, STAGING).await.unwrap_err().step, DiscoveryStep::AssumeRole);
}

#[tokio::test]
#[ignore = "needs the emulator: make test"]
async fn trust_and_external_id_decide_whether_an_account_can_be_read() {
    let emulator = Emulator::start();
    let session = emulator.open(Partition::Aws, KEY).await;
    let error = read(&*session, UNREADABLE).await.unwrap_err();
    assert_eq!((error.step, error.code.as_str()), (DiscoveryStep::AssumeRole, "AccessDenied"));
    assert!(error.hint.contains("arn:aws:iam::444455556666:role/Okta-Idp-cross-account-role"), "{}", error.hint);

    for (external_id, hint) in [("", "no external id is sent"), ("another", "external id entered here")] {
        let one = ConnectedAccount { external_id: Some(external_id.to_owned()), ..connected(STAGING) };
        let error = session.read_account(one.id, Some(&one), false).await.unwrap_err().0;
        assert_eq!((error.step, error.code.as_str()), (DiscoveryStep::AssumeRole, "AccessDenied"), "{external_id}");
        assert!(error.hint.contains(hint), "{}", error.hint);
    }
    let missing = ConnectedAccount { role_name: Some("team/No-Such-Role".to_owned()), ..connected(STAGING) };
    let error = session.read_account(missing.id, Some(&missing), false).await.unwrap_err().0;
    assert!(error.message.contains("role/team/No-Such-Role"), "{}", error.message);
}

#[tokio::test]
#[ignore = "needs the emulator: make test"]
async fn partitions_stay_apart() {
    let emulator = Emulator::start();
    let session = emulator.open(Partition::AwsUsGov, GOVERNMENT_KEY).await;
    assert_eq!(session.identity().await.unwrap().partition, Partition::AwsUsGov);
    let reading = read(&*session, GOVERNMENT).await.unwrap();
    assert_eq!((reading.roles.len(), reading.alias.as_deref()), (11, Some("example-gov")));
    assert!(reading.roles.iter().all(|role| role.arn.partition() == Partition::AwsUsGov));

    let crossed = emulator.open(Partition::Aws, GOVERNMENT_KEY).await;
    let error = crossed.identity().await.unwrap_err().0;
    assert!(["WrongPartition", "InvalidClientTokenId"].contains(&error.code.as_str()), "{error:?}");
}

#[tokio::test]
#[ignore = "needs the emulator: make test"]
async fn the_organization_lists_its_accounts_with_names_and_states() {
    let emulator = Emulator::start();
    let more: Vec<_> =
        (0..45).map(|n| json!({"id": format!("7000000000{n:02}"), "name": format!("Extra {n}")})).collect();
    let closed = json!({"id": "799999999999", "name": "Gone", "state": "CLOSED"});
    let accounts = [more, vec![closed]].concat();
    let organization = json!({"id": "o-exampleorg1", "management": "111122223333"});
    let world = json!({"organization": organization, "accounts": accounts});
    emulator.control("seed", &json!({ "world": world }));
    let session = emulator.open(Partition::Aws, KEY).await;
    let accounts = session.list_accounts().await.unwrap();
    assert_eq!(accounts.len(), 4 + 45 + 1);
    assert_eq!(accounts.iter().filter(|one| one.state == OrganizationState::Active).count(), 49);
    assert!(accounts.iter().any(|one| one.name == "Example Staging" && one.id.to_string() == STAGING));
    assert_eq!(accounts.last().unwrap().state, OrganizationState::Closed);

    let outside = emulator.open(Partition::AwsUsGov, GOVERNMENT_KEY).await;
    let error = outside.list_accounts().await.unwrap_err().0;
    assert_eq!((error.step, error.code.as_str()), (DiscoveryStep::ListAccounts, "AWSOrganizationsNotInUseException"));
}

#[tokio::test]
#[ignore = "needs the emulator: make test"]
async fn the_source_account_is_read_with_its_own_credentials() {
    let emulator = Emulator::start();
    let session = emulator.open(Partition::Aws, ADMINISTRATOR).await;
    let reading = session.read_account("111122223333".parse().unwrap(), None, false).await.unwrap();
    assert_eq!((reading.roles.len(), reading.alias.as_deref()), (11, Some("example-production")));
}

#[tokio::test]
#[ignore = "needs the emulator: make test"]
async fn faults_that_pass_are_survived_beside_good_accounts() {
    let emulator = Emulator::start();
    let session = emulator.open(Partition::Aws, KEY).await;
    for fault in ["Throttling", "ServiceUnavailable", "html", "truncate", "reset"] {
        emulator.control("faults", &json!([{"action": "*", "account": DATA, "fault": fault, "times": 3}]));
        let (data, staging) = tokio::join!(read(&*session, DATA), read(&*session, STAGING));
        assert_eq!(data.map(|reading| reading.roles.len()), Ok(12), "{fault}");
        assert_eq!(staging.map(|reading| reading.roles.len()), Ok(11), "{fault}");
    }
}

#[tokio::test]
#[ignore = "needs the emulator: make test"]
async fn faults_that_stay_are_named_and_leave_the_other_accounts_alone() {
    let emulator = Emulator::start();
    let session = emulator.open(Partition::Aws, KEY).await;
    for (fault, code) in [
        ("Throttling", "Throttling"),
        ("AccessDenied", "AccessDenied"),
        ("ExpiredToken", "ExpiredToken"),
        ("html", "Http503"),
        ("badxml", "BadAnswer"),
        ("truncate", "BadAnswer"),
        ("reset", "Unreachable"),
    ] {
        emulator.control("faults", &json!([{"action": "ListRoles", "account": DATA, "fault": fault, "times": -1}]));
        let (data, staging) = tokio::join!(read(&*session, DATA), read(&*session, STAGING));
        let error = data.unwrap_err();
        assert_eq!((error.step, error.code.as_str()), (DiscoveryStep::ListRoles, code), "{error:?}");
        assert_eq!(staging.map(|reading| reading.roles.len()), Ok(11), "{fault}");
    }
}

#[tokio::test]
#[ignore = "needs the emulator: make test"]
async fn a_hanging_account_is_given_up_while_the_others_are_read() {
    let emulator = Emulator::start();
    let rule = json!([{"action": "ListRoles", "account": DATA, "fault": "hang", "times": -1, "seconds": 600.0}]);
    emulator.control("faults", &rule);
    // The account that answers has the same limit, on a machine that starts ten emulators at once.
    let options = AwsOptions { account_timeout: Duration::from_secs(15), ..emulator.options() };
    let session = emulator.open_with(options, Partition::Aws, KEY).await;
    let (data, staging) = tokio::join!(read(&*session, DATA), read(&*session, STAGING));
    let error = data.unwrap_err();
    assert_eq!((error.step, error.code.as_str()), (DiscoveryStep::ListRoles, "Timeout"), "{error:?}");
    assert_eq!(staging.map(|reading| reading.roles.len()), Ok(11));
}

#[tokio::test]
#[ignore = "needs the emulator: make test"]
async fn lies_are_refused_or_kept_out() {
    let emulator = Emulator::start();
    let session = emulator.open(Partition::Aws, KEY).await;
    let lie = |action: &str, variant: &str| {
        let account = if action == "ListAccounts" { Value::Null } else { json!(DATA) };
        emulator.control(
            "faults",
            &json!([
                {"action": action, "account": account, "fault": "lie", "variant": variant, "times": -1}
            ]),
        );
    };
    for (action, variant, step) in [
        ("ListRoles", "foreign_account", DiscoveryStep::ListRoles),
        ("ListRoles", "illegal_name", DiscoveryStep::ListRoles),
        ("ListRoles", "truncated_without_marker", DiscoveryStep::ListRoles),
        ("ListRoles", "same_marker", DiscoveryStep::ListRoles),
        ("AssumeRole", "foreign_account", DiscoveryStep::AssumeRole),
        ("AssumeRole", "no_credentials", DiscoveryStep::AssumeRole),
    ] {
        lie(action, variant);
        let error = read(&*session, DATA).await.unwrap_err();
        assert_eq!((error.step, error.code.as_str()), (step, "BadAnswer"), "{variant}: {error:?}");
    }
    for variant in ["duplicate_roles", "bad_trust", "huge_duration"] {
        lie("ListRoles", variant);
        assert_eq!(read(&*session, DATA).await.map(|reading| reading.roles.len()), Ok(12), "{variant}");
    }
    lie("ListAccountAliases", "bad_alias");
    assert_eq!(read(&*session, DATA).await.unwrap().alias, None);
    lie("AssumeRole", "expired_credentials");
    assert_eq!(
        read(&*session, DATA).await.map(|reading| reading.roles.len()),
        Ok(12),
        "a wrong expiry is not ours to judge"
    );
    for variant in ["wrong_account_ids", "same_token"] {
        lie("ListAccounts", variant);
        assert_eq!(session.list_accounts().await.unwrap_err().0.code, "BadAnswer", "{variant}");
    }
}
