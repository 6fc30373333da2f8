//! A password that a directory checks (delegated authentication).
//!
//! - Whoever is let in is taken in as the directory has them now, in the same transaction: a membership that was taken
//!   counts at this very sign-in. Who is linked to several directories is let in by the one alone that owns them.
//! - A login that nobody here has is asked for at each directory that makes people at their first sign-in, in order. While
//!   one of them is silent nobody new is made by a later one: the login may be that of somebody there.
//! - We lock before the directory does: after a few wrong passwords it is not asked any more for a while, so that nobody
//!   can lock somebody's account there from here. One question at a time for each login, or guesses at once would outrun
//!   the count. Who has two names in a directory has one count.
//! - A directory that cannot be asked lets nobody in and counts against nobody. Sessions are none of its business.

use std::sync::Arc;

use domain::{
    Directory, DirectoryKind, Login, Secret, User, UserStatus,
    directory::{DirectoryError, ExternalId},
};
use ports::{Authentication, AuthenticationRefusal, DirectoryResult, UnitOfWork};
use tokio::sync::OwnedMutexGuard;

use super::{Attempt, Checked};
use crate::{
    audit::EventDraft,
    caches::Stranger,
    directory_person::{self, Arrival},
    error::Result,
    open_directory,
    services::Services,
    sign_in::Notice,
};

/// The most directories that are asked for one login.
const MOST_ASKED: usize = 10;

/// Directories that are asked for logins that nobody here has.
pub(super) async fn of_strangers(services: &Services) -> Result<Vec<Directory>> {
    let mut all = services.store.directories().await?;
    all.retain(|directory| directory.is_active() && directory.delegated_authentication && directory.just_in_time);
    all.truncate(MOST_ASKED);
    Ok(all)
}

/// Checks the password of somebody whom a directory owns.
pub(super) async fn known(
    attempt: &Attempt<'_>,
    user: &User,
    directory: &Directory,
    password: &Secret<String>,
) -> Result<Checked> {
    let services = attempt.services;
    let login = user.profile.login.as_str();
    let turn = take_turn(services, &user.profile.login).await;
    let locked = user.status == UserStatus::LockedOut || attempt.is_locked(services.store.lockout(&user.id).await?);
    let may_ask = !locked && directory.is_active() && !password.expose().is_empty();
    let asked = async { if may_ask { ask(services, directory, login, password).await.map(Some) } else { Ok(None) } };
    let (answer, hashed) = tokio::join!(asked, services.passwords.verify(password, None));
    let (answer, _) = (answer?, hashed?);

    let mut unit = services.store.begin().await?;
    let Some(user) = unit.user_for_update(&user.id).await? else {
        return attempt.refuse(unit, None, "UNKNOWN_USER").await;
    };
    let lock = services.store.lockout(&user.id).await?;
    if locked || user.status == UserStatus::LockedOut || attempt.is_locked(lock) {
        return attempt.refuse(unit, Some(&user), "LOCKED_OUT").await;
    }
    let checked = match answer {
        None if directory.is_active() => attempt.refuse(unit, Some(&user), "INVALID_CREDENTIALS").await,
        None => attempt.refuse(unit, Some(&user), "DIRECTORY_INACTIVE").await,
        Some(Ok(Authentication::Accepted(now))) => attempt.accepted(unit, directory, &now, Some(&user)).await,
        Some(Ok(Authentication::Refused { why, .. })) => attempt.refused(unit, Some(&user), directory, why).await,
        Some(Err(error)) => attempt.unavailable(unit, Some(&user), &[(directory, error)]).await,
    };
    drop(turn);
    checked
}

/// Checks the password of somebody who is not here yet.
pub(super) async fn stranger(
    attempt: &Attempt<'_>,
    login: &Login,
    directories: &[Directory],
    password: &Secret<String>,
) -> Result<Checked> {
    let services = attempt.services;
    let turn = take_turn(services, login).await;
    let before = services.caches.strangers.get(&login.folded()).await.unwrap_or_default();
    let locked = before.wrong >= services.settings.lockout.directory_failures
        || match &before.user {
            Some(user) => attempt.is_locked(services.store.lockout(user).await?),
            None => false,
        };
    let asked = async {
        let directories = if locked { &[] } else { directories };
        ask_all(services, directories, login.as_str(), password).await
    };
    let (answer, hashed) = tokio::join!(asked, services.passwords.verify(password, None));
    let (answer, _) = (answer?, hashed?);

    let unit = services.store.begin().await?;
    if locked {
        return attempt.refuse(unit, None, "LOCKED_OUT").await;
    }
    let checked = match answer.found {
        Some((directory, Authentication::Accepted(now))) => {
            let is_new = known_as(services, directory, &now.person.id).await?.is_none();
            if is_new && !answer.silent.is_empty() {
                attempt.unavailable(unit, None, &answer.silent).await
            } else {
                attempt.accepted(unit, directory, &now, None).await
            }
        }
        Some((directory, Authentication::Refused { why, id })) => {
            let user = match id {
                Some(id) => known_as(services, directory, &id).await?,
                None => None,
            };
            if why == AuthenticationRefusal::WrongPassword {
                let after = Stranger { wrong: before.wrong + 1, user: user.as_ref().map(|user| user.id.clone()) };
                services.caches.strangers.insert(login.folded(), after).await;
            }
            attempt.refused(unit, user.as_ref(), directory, why).await
        }
        None if answer.silent.is_empty() => attempt.refuse(unit, None, "UNKNOWN_USER").await,
        None => attempt.unavailable(unit, None, &answer.silent).await,
    };
    drop(turn);
    checked
}

/// The user who is this entry of the directory.
async fn linked_to(services: &Services, directory: &Directory, id: &ExternalId) -> Result<Option<User>> {
    let known = services.store.known_people(&directory.id, std::slice::from_ref(id)).await?;
    Ok(known.into_iter().next().map(|(_, user)| user))
}

/// The same, if the directory owns them.
async fn known_as(services: &Services, directory: &Directory, id: &ExternalId) -> Result<Option<User>> {
    let linked = linked_to(services, directory, id).await?;
    Ok(linked.filter(|user| user.directory.as_ref() == Some(&directory.id)))
}

/// One question at a time for each login.
async fn take_turn(services: &Services, login: &Login) -> OwnedMutexGuard<()> {
    let turns = services.caches.turns.get_with(login.folded(), async { Arc::default() }).await;
    turns.lock_owned().await
}

async fn ask(
    services: &Services,
    directory: &Directory,
    login: &str,
    password: &Secret<String>,
) -> Result<DirectoryResult<Authentication>> {
    Ok(match open_directory::open(services, directory).await? {
        Ok(session) => session.authenticate(login, password).await,
        Err(error) => Err(error),
    })
}

/// What several directories said.
struct Answers<'a> {
    /// The first that knows the person.
    found: Option<(&'a Directory, Authentication)>,
    /// Those that could not be asked before that.
    silent: Vec<(&'a Directory, DirectoryError)>,
}

async fn ask_all<'a>(
    services: &Services,
    directories: &'a [Directory],
    login: &str,
    password: &Secret<String>,
) -> Result<Answers<'a>> {
    let mut answers = Answers { found: None, silent: Vec::new() };
    for directory in directories {
        match ask(services, directory, login, password).await? {
            Ok(Authentication::Refused { why: AuthenticationRefusal::UnknownPerson, .. }) => {}
            Ok(answer) => {
                answers.found = Some((directory, answer));
                break;
            }
            Err(error) => answers.silent.push((directory, error)),
        }
    }
    Ok(answers)
}

/// For the log.
const fn code(why: AuthenticationRefusal) -> &'static str {
    match why {
        AuthenticationRefusal::UnknownPerson => "UNKNOWN_PERSON",
        AuthenticationRefusal::WrongPassword => "INVALID_CREDENTIALS",
        AuthenticationRefusal::Disabled => "ACCOUNT_DISABLED",
        AuthenticationRefusal::AccountExpired => "ACCOUNT_EXPIRED",
        AuthenticationRefusal::PasswordExpired => "PASSWORD_EXPIRED",
        AuthenticationRefusal::MustChangePassword => "MUST_CHANGE_PASSWORD",
        AuthenticationRefusal::Locked => "LOCKED_IN_DIRECTORY",
        AuthenticationRefusal::NotNow => "NOT_NOW",
        AuthenticationRefusal::Other => "REFUSED_BY_DIRECTORY",
    }
}

/// What the person is told, where the directory says it to nobody but those who know the password.
fn notice(why: AuthenticationRefusal) -> Option<Notice> {
    let told = match why {
        AuthenticationRefusal::AccountExpired => Notice::AccountExpired,
        AuthenticationRefusal::PasswordExpired => Notice::PasswordExpired,
        AuthenticationRefusal::MustChangePassword => Notice::MustChangePassword,
        _ => Notice::NotNow,
    };
    why.proves_password().then_some(told)
}

impl Attempt<'_> {
    /// What the directory said, beside the sign-in that follows from it.
    async fn note(
        &self,
        unit: &mut dyn UnitOfWork,
        user: Option<&User>,
        directory: &Directory,
        said: std::result::Result<(), &str>,
    ) -> Result<()> {
        let (event_type, message) = match directory.kind {
            DirectoryKind::ActiveDirectory => {
                ("user.authentication.auth_via_AD_agent", "Authenticate user with Active Directory")
            }
            DirectoryKind::OpenLdap => ("user.authentication.auth_via_LDAP_agent", "Authenticate user with LDAP"),
        };
        let draft = match said {
            Ok(()) => EventDraft::success(event_type, message),
            Err(reason) => EventDraft::failure(event_type, message, reason),
        };
        self.append(unit, user, draft.on_directory(directory)).await
    }

    /// The directory let them in: they are here from now on, as it has them.
    async fn accepted(
        &self,
        mut unit: Box<dyn UnitOfWork>,
        directory: &Directory,
        now: &domain::directory::PersonNow,
        known: Option<&User>,
    ) -> Result<Checked> {
        let services = self.services;
        // Logins change hands in a directory: whoever it let in is who acts, not who had the login here.
        let linked = linked_to(services, directory, &now.person.id).await?;
        let caller = self.caller(linked.as_ref().or(known));
        let user = match directory_person::arrive(services, &mut *unit, directory, now, &caller).await? {
            Arrival::Here(user) => *user,
            Arrival::NotHere(why) => {
                self.note(&mut *unit, known, directory, Ok(())).await?;
                self.refuse(unit, known, why.code()).await?;
                return Ok(Checked::Told(Notice::NotHere));
            }
        };
        self.note(&mut *unit, Some(&user), directory, Ok(())).await?;
        if user.directory.as_ref() != Some(&directory.id) {
            return self.refuse(unit, Some(&user), "OWNED_ELSEWHERE").await;
        }
        let lock = services.store.lockout(&user.id).await?;
        if user.status == UserStatus::LockedOut || self.is_locked(lock) {
            return self.refuse(unit, Some(&user), "LOCKED_OUT").await;
        }
        match user.status {
            UserStatus::Active => {}
            UserStatus::Staged => return Ok(Checked::Unfinished { user, unit }),
            other => return self.refuse(unit, Some(&user), other.as_str()).await,
        }
        if lock != (0, None) {
            unit.set_lockout(&user.id, None).await?;
        }
        unit.note_sign_in(&user.id, services.now()).await?;
        Ok(Checked::Passed { user, unit })
    }

    /// The directory did not let them in: a wrong password is counted against who is known.
    async fn refused(
        &self,
        mut unit: Box<dyn UnitOfWork>,
        user: Option<&User>,
        directory: &Directory,
        why: AuthenticationRefusal,
    ) -> Result<Checked> {
        self.note(&mut *unit, user, directory, Err(code(why))).await?;
        match (why, user) {
            (AuthenticationRefusal::WrongPassword, Some(user)) => {
                let lock = self.services.store.lockout(&user.id).await?;
                if self.is_locked(lock) {
                    return self.refuse(unit, Some(user), "LOCKED_OUT").await;
                }
                let most = self.services.settings.lockout.directory_failures;
                self.count_failure(unit, user, lock, most).await
            }
            (why, user) => {
                let refused = self.refuse(unit, user, code(why)).await?;
                Ok(notice(why).map_or(refused, Checked::Told))
            }
        }
    }

    /// Nobody is let in, nobody is counted against.
    async fn unavailable(
        &self,
        mut unit: Box<dyn UnitOfWork>,
        user: Option<&User>,
        silent: &[(&Directory, DirectoryError)],
    ) -> Result<Checked> {
        const REASON: &str = "DIRECTORY_UNAVAILABLE";
        for (directory, error) in silent {
            tracing::warn!(directory = directory.name, %error, "a directory could not be asked for a password");
            let draft = EventDraft::failure("application.integration.general_failure", "Ask a directory", REASON)
                .on_directory(directory)
                .fact("step", error.step.as_str())
                .fact("code", &error.code)
                .fact("message", &error.message);
            self.append(&mut *unit, user, draft).await?;
        }
        self.refuse(unit, user, REASON).await?;
        Ok(Checked::Told(Notice::DirectoryUnavailable))
    }
}
