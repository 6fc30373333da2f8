//! What Active Directory does and Samba does not: members in ranges, pages of its own size, another controller.

use domain::{DirectoryKind, directory::EntryKey};
use testkit::directory::Reading;

use crate::server::{Deed, Request, Server, entry, outcome, session};

const SID: &[u8] = &[1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0x51, 4, 0, 0];

fn member(number: usize) -> String {
    format!("CN=User {number},OU=people,DC=example,DC=com")
}

/// Members `from..to` as a range.
fn group(id: u32, from: usize, to: usize, last: bool) -> Vec<u8> {
    let name = if last { format!("member;range={from}-*") } else { format!("member;range={from}-{}", to - 1) };
    let members: Vec<String> = (from..to).map(member).collect();
    let values: Vec<&[u8]> = members.iter().map(String::as_bytes).collect();
    let guid = [7; 16];
    entry(
        id,
        "CN=everybody,OU=groups,DC=example,DC=com",
        &[("cn", &[b"everybody"]), ("objectGUID", &[&guid]), ("objectSid", &[SID]), ("member", &[]), (&name, &values)],
    )
}

/// The answers of a domain controller with one group of 3,500 members.
fn controller(request: &Request, service: &str) -> Deed {
    let id = request.id;
    let done = outcome(id, 0x65, 0, "");
    let found = |bytes: Vec<u8>| Deed::Send([bytes, outcome(id, 0x65, 0, "")].concat());
    match request.operation {
        0x60 => Deed::Send(outcome(id, 0x61, 0, "")),
        _ if request.has("highestCommittedUSN") => found(entry(
            id,
            "",
            &[
                ("namingContexts", &[b"DC=example,DC=com"]),
                ("highestCommittedUSN", &[b"1000"]),
                ("dsServiceName", &[service.as_bytes()]),
            ],
        )),
        _ if request.has("invocationId") => found(entry(id, service, &[("invocationId", &[&[9; 16]])])),
        _ if request.has("range=1500-*") => found(group(id, 1500, 3000, false)),
        _ if request.has("range=3000-*") => found(group(id, 3000, 3500, true)),
        _ if request.has("1.1") => found(entry(id, "OU=x,DC=example,DC=com", &[])),
        _ if request.has("objectSid") && request.has("OU=groups") && !request.has("primaryGroupID") => {
            found(group(id, 0, 1500, false))
        }
        _ => Deed::Send(done),
    }
}

fn settings(server: &Server) -> domain::Directory {
    let kind = DirectoryKind::ActiveDirectory;
    let mut settings = server.settings(kind);
    settings.people.filter = String::from(kind.people_filter());
    settings.people.bases = vec!["OU=people,DC=example,DC=com".to_owned()];
    settings.groups.bases = vec!["OU=groups,DC=example,DC=com".to_owned()];
    settings.groups.filter = String::from(kind.group_filter());
    settings
}

#[tokio::test]
async fn members_beyond_the_first_range_are_fetched_until_the_last() {
    let server = Server::plain(|request| controller(request, "CN=NTDS Settings,CN=DC1")).await;
    let reading = Reading::of(&*session(&settings(&server)).await, None).await.expect("read");
    let group = reading.group("everybody");
    assert_eq!(group.members.len(), 3500);
    for number in [0, 1499, 1500, 2999, 3000, 3499] {
        assert!(group.members.contains(&EntryKey::of_dn(&member(number))), "{number}");
    }
    assert_eq!(group.keys[1], EntryKey("sid:S-1-5-21-1-2-3-1105".to_owned()));
}

#[tokio::test]
async fn a_range_that_brings_nothing_is_no_smaller_group() {
    let server = Server::plain(|request| {
        if request.has("range=3000-*") {
            return Deed::Send([group(request.id, 3000, 3000, false), outcome(request.id, 0x65, 0, "")].concat());
        }
        controller(request, "CN=NTDS Settings,CN=DC1")
    })
    .await;
    let error = Reading::of(&*session(&settings(&server)).await, None).await.unwrap_err();
    assert_eq!(error.code, "CHANGED_MEANWHILE", "{error:?}");
}

#[tokio::test]
async fn another_domain_controller_counts_otherwise() {
    let first = Server::plain(|request| controller(request, "CN=NTDS Settings,CN=DC1")).await;
    let second = Server::plain(|request| controller(request, "CN=NTDS Settings,CN=DC2")).await;
    let full = Reading::of(&*session(&settings(&first)).await, None).await.expect("read");
    let error = Reading::of(&*session(&settings(&second)).await, Some(full.cursor())).await.unwrap_err();
    assert!(error.needs_full_import(), "{error:?}");
}
