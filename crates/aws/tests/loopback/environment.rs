//! The SDK's own settings count. They are read from the environment, so each case runs in a child of this test.

use std::process::Command;

use domain::{Partition, aws::SourceAccount, aws::SourceCredentials};

use crate::responder::{Responder, good, open, quick_options, source};

const CHILD: &str = "environment::child_that_asks_who_it_is";
/// Set for the child alone.
const MARK: &str = "ROLEGATE_TEST_CHILD";

/// Runs the child with only these variables set, and gives what it printed.
fn ask(variables: &[(&str, &str)]) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", CHILD])
        .env_clear()
        .envs([
            (MARK, "1"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_CONFIG_FILE", "/dev/null"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ])
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Asks with the SDK's chain and prints the answer; does nothing unless [`ask`] started it, for it must not go
/// looking for credentials on the machine of whoever runs all ignored tests.
#[tokio::test]
#[ignore = "the child of the tests beside it"]
async fn child_that_asks_who_it_is() {
    if std::env::var_os(MARK).is_none() {
        return;
    }
    let chain = SourceAccount {
        region: None,
        credentials: SourceCredentials::SdkChain { profile: None },
        ..source(Partition::Aws)
    };
    match open(quick_options(), &chain).await.unwrap().identity().await {
        Ok(identity) => println!("identity {}", identity.arn),
        Err(failure) => println!("failure {failure} hint {}", failure.0.hint),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn endpoint_region_and_credentials_come_from_the_sdks_own_settings() {
    let responder = Responder::start(|call| {
        let scope = call.parameter("scope");
        assert!(scope.contains("/eu-west-3/sts/"), "{scope}");
        good(call, &[])
    })
    .await;
    let url = responder.url();
    let said = tokio::task::spawn_blocking(move || {
        ask(&[
            ("AWS_ENDPOINT_URL_STS", url.as_str()),
            ("AWS_REGION", "eu-west-3"),
            ("AWS_ACCESS_KEY_ID", "AKIAFROMENVIRONMENT"),
            ("AWS_SECRET_ACCESS_KEY", "x"),
        ])
    })
    .await
    .unwrap();
    assert!(said.contains("identity arn:aws:iam::111111111111:user/source"), "{said}");
}

#[test]
fn a_chain_without_credentials_says_so_and_calls_nobody() {
    let said = ask(&[("AWS_ENDPOINT_URL", "http://127.0.0.1:9")]);
    assert!(said.contains("SOURCE_CREDENTIALS: NoCredentials"), "{said}");
    assert!(said.contains("hint Nothing gave credentials through the SDK's own credential chain"), "{said}");
}
