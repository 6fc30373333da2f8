//! Sign-in with the directory's password: exactly one entry answers to the login and has it as it was typed (but for case),
//! and a bind as it, on a connection of its own, succeeds. An empty password is never sent: servers take a bind without one for an anonymous bind, which succeeds.

mod verdict;

use domain::{
    DirectoryKind, Secret,
    directory::{DirectoryStep, ExternalId, PersonState},
};
use ldap3::controls::RawControl;
use ports::directory::{Authentication, AuthenticationRefusal, DirectoryResult};

use self::verdict::{POLICY, Verdict};
use crate::{
    connection::LdapConnection,
    entry::RawEntry,
    failure, person_now,
    read::{Scope, What, scopes},
    session::LdapSession,
};

/// The longest login that is looked for, in bytes.
const LONGEST_LOGIN: usize = 1_024;
/// Entries that are looked at for one login: beside the one that has it, some that only look like it.
const MOST: i32 = 10;

/// Checks a password, and reads the person anew.
pub(crate) async fn authenticate(
    session: &LdapSession,
    login: &str,
    password: &Secret<String>,
) -> DirectoryResult<Authentication> {
    let scopes = scopes::of(session)?;
    // Some servers end a value at a NUL, and would find who has the login before it.
    if login.trim().is_empty() || login.len() > LONGEST_LOGIN || login.contains(char::is_control) {
        return Ok(refused(AuthenticationRefusal::UnknownPerson, None));
    }
    let mut connection = session.connect().await?;
    let Some(entry) = the_one(session, &mut connection, &scopes, login).await? else {
        return Ok(refused(AuthenticationRefusal::UnknownPerson, None));
    };
    let id = session.schema.id(&entry);
    if password.expose().is_empty() || password.expose().contains('\0') {
        return Ok(refused(AuthenticationRefusal::WrongPassword, id));
    }
    let state = session.schema.state(&entry, session.now());
    if let Some(why) = bind_as(session, &connection, &entry, state, password).await? {
        return Ok(refused(why, id));
    }
    let mut now = person_now::of(session, &mut connection, &scopes, &entry).await?;
    if now.person.state == PersonState::Locked {
        // The server let them in: the lock had ended, and its mark goes with this bind.
        now.person.state = PersonState::Active;
    }
    Ok(Authentication::Accepted(Box::new(now)))
}

fn refused(why: AuthenticationRefusal, id: Option<ExternalId>) -> Authentication {
    Authentication::Refused { why, id }
}

/// The entry that has a login; none when there is none or more than one.
async fn the_one(
    session: &LdapSession,
    connection: &mut LdapConnection,
    scopes: &[Scope],
    login: &str,
) -> DirectoryResult<Option<RawEntry>> {
    let filter = session.schema.with_login(login);
    let logins = session.schema.login_attributes().into_iter().map(str::to_owned);
    let attributes: Vec<String> = session.schema.person_attributes.iter().cloned().chain(logins).collect();
    let (mut found, mut more) = (Vec::new(), false);
    for scope in scopes.iter().filter(|scope| scope.what == What::People) {
        let search = scope.search(&filter).asking(&attributes).at_most(MOST);
        let (entries, end) = connection.find_and_end(DirectoryStep::Read, &search).await?;
        // 4: there would have been more.
        more |= end.rc == 4;
        if !matches!(end.rc, 0 | 4) {
            return Err(failure::of_result(DirectoryStep::Read, connection.url(), &end, Some(&scope.base)));
        }
        found.extend(entries.into_iter().filter(|entry| session.schema.has_login(entry, login)));
    }
    if more || found.len() > 1 {
        tracing::warn!(
            directory.name = session.settings.name,
            entries = found.len(),
            "several entries answer to one login"
        );
    }
    Ok(found.pop().filter(|_| found.is_empty() && !more))
}

/// Why the server refuses this password for this entry; nothing when it takes it.
async fn bind_as(
    session: &LdapSession,
    beside: &LdapConnection,
    entry: &RawEntry,
    state: PersonState,
    password: &Secret<String>,
) -> DirectoryResult<Option<AuthenticationRefusal>> {
    // A name that is no text cannot be bound as.
    let Ok(dn) = entry.dn() else { return Ok(Some(AuthenticationRefusal::Other)) };
    let mut connection = session.open_again(beside.url()).await?;
    let controls = match session.settings.kind {
        DirectoryKind::OpenLdap => vec![RawControl { ctype: POLICY.to_owned(), crit: false, val: None }],
        DirectoryKind::ActiveDirectory => Vec::new(),
    };
    let result = connection.try_bind(dn, password, controls).await?;
    match verdict::of(session.settings.kind, &result, state) {
        Verdict::Accepted => Ok(None),
        Verdict::Refused(why) => Ok(Some(why)),
        Verdict::Unanswered => Err(failure::of_result(DirectoryStep::Bind, connection.url(), &result, Some(dn))),
    }
}
