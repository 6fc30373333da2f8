//! Several servers: the next when one fails, and the failed one last for a while.

use std::sync::Arc;

use domain::{DirectoryKind, Secret, Timestamp, directory::DirectoryStep};
use ports::directory::Directories as _;
use rolegate_directory::LdapDirectories;
use testkit::{FixedClock, directory::Reading};

use crate::server::{Deed, Server, ordinary, outcome};

async fn working() -> Server {
    Server::plain(|request| ordinary(request).unwrap_or_else(|| Deed::Send(outcome(request.id, 0x65, 0, "")))).await
}

#[tokio::test]
async fn the_next_server_is_asked_and_the_failed_one_last_for_a_minute() {
    let broken = Server::plain(|_| Deed::Close(vec![])).await;
    let works = working().await;
    let mut settings = broken.settings(DirectoryKind::OpenLdap);
    settings.connection.urls.push(format!("ldap://{}", works.address));
    let clock = Arc::new(FixedClock::at(Timestamp::from_millis(1_795_324_200_000)));
    let directories = LdapDirectories::new(clock.clone());
    let read = async || {
        let session = directories.open(&settings, Some(Secret::from("bind password"))).await.expect("opened");
        Reading::of(&*session, None).await.map(|reading| reading.entries.len())
    };
    assert_eq!(read().await, Ok(0));
    assert_eq!((broken.connections(), works.connections()), (1, 1));
    assert_eq!(read().await, Ok(0));
    assert_eq!((broken.connections(), works.connections()), (1, 2), "the broken one is not tried first");
    clock.advance_seconds(61);
    assert_eq!(read().await, Ok(0));
    assert_eq!((broken.connections(), works.connections()), (2, 3));
}

#[tokio::test]
async fn a_busy_server_is_passed_over() {
    let busy = Server::plain(|request| Deed::Send(outcome(request.id, 0x61, 51, "busy"))).await;
    let works = working().await;
    let mut settings = busy.settings(DirectoryKind::OpenLdap);
    settings.connection.urls.push(format!("ldap://{}", works.address));
    let report = crate::server::session(&settings).await.test().await;
    assert!(report.steps[0].ok && report.steps[0].detail.contains("busy"), "{report:?}");
}

#[tokio::test]
async fn a_wrong_password_is_not_tried_at_every_server() {
    let refuses = Server::plain(|request| Deed::Send(outcome(request.id, 0x61, 49, ""))).await;
    let other = working().await;
    let mut settings = refuses.settings(DirectoryKind::OpenLdap);
    settings.connection.urls.push(format!("ldap://{}", other.address));
    let error = Reading::of(&*crate::server::session(&settings).await, None).await.unwrap_err();
    assert_eq!((error.step, error.code.as_str()), (DirectoryStep::Bind, "invalidCredentials"));
    assert_eq!(other.connections(), 0, "an account would be locked by it");
}

#[tokio::test]
async fn when_none_answers_the_first_is_named() {
    let first = Server::plain(|_| Deed::Close(vec![])).await;
    let mut settings = first.settings(DirectoryKind::OpenLdap);
    settings.connection.urls.push("ldap://127.0.0.1:1".to_owned());
    let error = Reading::of(&*crate::server::session(&settings).await, None).await.unwrap_err();
    assert!(error.message.contains(&first.address.to_string()), "{error:?}");
    settings.connection.urls = vec!["ldaps://no-such-host.invalid".to_owned()];
    let error = Reading::of(&*crate::server::session(&settings).await, None).await.unwrap_err();
    assert_eq!((error.step, error.code.as_str()), (DirectoryStep::Connect, "NAME_NOT_FOUND"), "{error:?}");
}
