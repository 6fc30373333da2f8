//! The one place where a password is checked at sign-in: here, or by the directory that owns the person. Exact reason in the
//! log; what may be told is decided here too.
//!
//! A directory is asked for those whom it owns, and for logins that nobody here has ([`delegated`]); a local user's password
//! is never sent anywhere. Whoever is checked elsewhere costs a password hash here all the same, so that how long an answer
//! takes tells little about whether the login exists and whose it is (`docs/security.md` says what remains).

mod delegated;
mod local;

use domain::{Login, Secret, Timestamp, User, event::Origin};
use ports::UnitOfWork;

use crate::{
    audit::EventDraft,
    caller::Caller,
    error::Result,
    manage_users::{keeps_passwords, owner},
    services::Services,
    sign_in::Notice,
};

/// What a check found. The transaction is open: what the caller adds to it stands or falls with the check's own notes.
pub(crate) enum Checked {
    /// Right, and the person may go on.
    Passed { user: User, unit: Box<dyn UnitOfWork> },
    /// Right, but the account's status asks for something first.
    Unfinished { user: User, unit: Box<dyn UnitOfWork> },
    /// Not let in, for a reason that may be told; written and committed.
    Told(Notice),
    /// Wrong, locked, or not to be let in; written and committed.
    Refused,
}

/// Checks a password. Waits for a free slot of the password hasher, and for a directory within its time limit.
pub(crate) async fn check(
    services: &Services,
    origin: &Origin,
    login: &str,
    password: &Secret<String>,
) -> Result<Checked> {
    let parsed = login.parse::<Login>().ok();
    let found = match &parsed {
        Some(login) => services.store.user_by_login(login).await?,
        None => None,
    };
    let attempt = Attempt { services, origin, login };
    match (found, parsed) {
        (Some(user), _) => match keeps_passwords(owner(services, &user).await?.as_ref()) {
            Some(directory) => delegated::known(&attempt, &user, directory, password).await,
            None => local::check(&attempt, Some(user.id), password).await,
        },
        (None, Some(login)) => {
            let directories = delegated::of_strangers(services).await?;
            if directories.is_empty() || password.expose().is_empty() {
                local::check(&attempt, None, password).await
            } else {
                delegated::stranger(&attempt, &login, &directories, password).await
            }
        }
        (None, None) => local::check(&attempt, None, password).await,
    }
}

struct Attempt<'a> {
    services: &'a Services,
    origin: &'a Origin,
    login: &'a str,
}

impl Attempt<'_> {
    fn caller(&self, user: Option<&User>) -> Caller {
        match user {
            Some(user) => Caller::person(user, self.origin.clone()),
            None => Caller::unknown(self.login, self.origin.clone()),
        }
    }

    async fn append(&self, unit: &mut dyn UnitOfWork, user: Option<&User>, draft: EventDraft) -> Result<()> {
        let draft = match user {
            Some(user) => draft.on_user(user),
            None => draft,
        };
        Ok(unit.append_event(&draft.by(self.services, &self.caller(user))).await?)
    }

    /// Writes that nobody was let in, and why.
    async fn refuse(&self, mut unit: Box<dyn UnitOfWork>, user: Option<&User>, reason: &str) -> Result<Checked> {
        let draft = EventDraft::failure("user.session.start", "User login to Rolegate", reason);
        self.append(&mut *unit, user, draft).await?;
        unit.commit().await?;
        Ok(Checked::Refused)
    }

    /// Counts a wrong password, and locks the account when there were `most`.
    async fn count_failure(
        &self,
        mut unit: Box<dyn UnitOfWork>,
        user: &User,
        lock: (u32, Option<Timestamp>),
        most: u32,
    ) -> Result<Checked> {
        if lock.1.is_some() {
            // A lock that ended: counting begins anew, or one slip would lock again at once.
            unit.set_lockout(&user.id, None).await?;
        }
        let now = self.services.now();
        let failures = unit.add_failure(&user.id, now).await?;
        if failures >= most {
            let until = now.plus_seconds(i64::from(self.services.settings.lockout.seconds));
            unit.set_lockout(&user.id, Some(until)).await?;
            let event = EventDraft::failure("user.account.lock", "Max sign in attempts exceeded", "LOCKED_OUT")
                .fact("failures", failures)
                .fact("lockedUntil", until);
            self.append(&mut *unit, Some(user), event).await?;
        }
        self.refuse(unit, Some(user), "INVALID_CREDENTIALS").await
    }

    /// Whether wrong passwords have locked the account for now.
    fn is_locked(&self, lock: (u32, Option<Timestamp>)) -> bool {
        lock.1.is_some_and(|until| self.services.now() < until)
    }
}
