//! What a large discovery costs. A measurement, not a check of the machine: it prints, and only a gross failure fails it.
//!
//! `cargo test --release -p rolegate-aws --test loopback -- --ignored --nocapture speed`

use std::{
    fs,
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, stream};
use rolegate_aws::{AwsOptions, SdkAccounts};

use crate::responder::{Responder, account, connected, good, open_with, role};

const LATENCY: Duration = Duration::from_millis(50);
const ROLES: usize = 50;

/// A role with a trust policy of the usual length.
fn usual_role(account: &str, number: usize) -> String {
    let trust = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B\
                 %22Federated%22%3A%22arn%3Aaws%3Aiam%3A%3A222222222222%3Asaml-provider%2FRolegate%22%7D%2C%22Action%22%3A%22sts\
                 %3AAssumeRoleWithSAML%22%2C%22Condition%22%3A%7B%22StringEquals%22%3A%7B%22SAML%3Aaud%22%3A%22https%3A%2F%2F\
                 signin.aws.amazon.com%2Fsaml%22%7D%7D%7D%5D%7D";
    role(
        &format!("arn:aws:iam::{account}:role/team/Role-{number:03}"),
        trust,
        "<MaxSessionDuration>3600</MaxSessionDuration>",
    )
}

/// Clock ticks (10 ms) of processor time that this process used outside the responder's threads.
fn own_ticks() -> u64 {
    let mut ticks = 0;
    for task in fs::read_dir("/proc/self/task").unwrap().flatten() {
        let stat = fs::read_to_string(task.path().join("stat")).unwrap_or_default();
        let Some((name, rest)) = stat.split_once(") ") else { continue };
        if !name.ends_with("(responder") {
            let fields: Vec<_> = rest.split(' ').collect();
            ticks += fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        }
    }
    ticks
}

fn resident_megabytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

#[test]
#[ignore = "a measurement: run it in release with --nocapture"]
fn speed_of_a_large_discovery() {
    let build = || {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.enable_all().worker_threads(2);
        builder
    };
    let servers = build().thread_name("responder").build().unwrap();
    let responder = servers.block_on(Responder::start_with_delay(LATENCY, |call| {
        let roles: Vec<_> = if call.action == "ListRoles" {
            (0..ROLES).map(|number| usual_role(&call.account, number)).collect()
        } else {
            Vec::new()
        };
        good(call, &roles)
    }));
    let clients = build().build().unwrap();
    let accounts = SdkAccounts::new(AwsOptions { endpoint_url: Some(responder.url()), ..AwsOptions::default() });
    println!("accounts  at once  seconds  client ms/account  resident MB");
    for (count, at_once) in [(10, 64), (100, 64), (1_000, 64), (1_000, 128), (1_000, 128), (5_000, 128)] {
        let (start, ticks) = (Instant::now(), own_ticks());
        let roles = clients.block_on(async {
            let session = open_with(&accounts).await;
            let ids = (0..count).map(|number| connected(&format!("2{number:011}")));
            let read = ids.map(|one| {
                let session = &session;
                async move {
                    session.read_account(account(&one.id.to_string()), Some(&one), false).await.unwrap().roles.len()
                }
            });
            stream::iter(read).buffer_unordered(at_once).fold(0, async |sum, roles| sum + roles).await
        });
        assert_eq!(roles, count * ROLES);
        let (seconds, ticks) = (start.elapsed().as_secs_f32(), own_ticks() - ticks);
        #[expect(clippy::cast_precision_loss, reason = "counts of accounts and ticks are small")]
        let each = ticks as f32 * 10.0 / count as f32;
        println!("{count:8}  {at_once:7}  {seconds:7.2}  {each:17.2}  {:11}", resident_megabytes());
        assert!(seconds < 60.0);
    }
}
