//! The one place where a password is compared at sign-in: same work for every way to fail, exact reason in the log.

use domain::{Login, Secret, Timestamp, User, UserId, UserStatus, event::Origin};
use ports::{PasswordVerdict, UnitOfWork};

use crate::{audit::EventDraft, caller::Caller, error::Result, services::Services};

/// What a check found. The transaction is open: what the caller adds to it stands or falls with the check's own notes.
pub(crate) enum Checked {
    /// Right, and the person may go on.
    Passed { user: User, unit: Box<dyn UnitOfWork> },
    /// Right, but the account's status asks for something first.
    Unfinished { user: User, unit: Box<dyn UnitOfWork> },
    /// Wrong, locked, or not to be let in; written and committed.
    Refused,
}

/// Checks a password. Waits for a free slot of the password hasher.
pub(crate) async fn check(
    services: &Services,
    origin: &Origin,
    login: &str,
    password: &Secret<String>,
) -> Result<Checked> {
    let found = match login.parse::<Login>() {
        Ok(login) => services.store.user_by_login(&login).await?,
        Err(_) => None,
    };
    // An unknown login costs the same reads as a known one: with an id that nobody has.
    let id = found.map_or_else(|| UserId::generate(&*services.entropy), |user| user.id);
    let hash = services.store.password_hash(&id).await?;
    let verdict = services.passwords.verify(password, hash.as_deref()).await?;
    let renewed = match verdict {
        PasswordVerdict::RightButOutdated => Some(services.passwords.hash(password).await?),
        PasswordVerdict::Right | PasswordVerdict::Wrong => None,
    };

    // From here on nobody else writes: what was decided on is read again.
    let mut unit = services.store.begin().await?;
    let user = unit.user_for_update(&id).await?;
    let lock = services.store.lockout(&id).await?;
    let unchanged = services.store.password_hash(&id).await? == hash;
    let attempt = Attempt { services, origin, login, now: services.now() };
    let Some(user) = user else {
        return attempt.refuse(unit, None, "UNKNOWN_USER").await;
    };
    if user.status == UserStatus::LockedOut || lock.1.is_some_and(|until| attempt.now < until) {
        return attempt.refuse(unit, Some(&user), "LOCKED_OUT").await;
    }
    if verdict == PasswordVerdict::Wrong || !unchanged {
        return attempt.count_failure(unit, &user, lock).await;
    }
    let is_active = match user.status {
        UserStatus::Active => true,
        UserStatus::PasswordExpired | UserStatus::Recovery | UserStatus::Staged | UserStatus::Provisioned => false,
        UserStatus::Suspended | UserStatus::Deprovisioned | UserStatus::LockedOut => {
            return attempt.refuse(unit, Some(&user), user.status.as_str()).await;
        }
    };
    if lock != (0, None) {
        unit.set_lockout(&id, None).await?;
    }
    if let Some(renewed) = renewed {
        unit.set_password_hash(&id, Some(&renewed)).await?;
    }
    if !is_active {
        return Ok(Checked::Unfinished { user, unit });
    }
    unit.note_sign_in(&id, attempt.now).await?;
    Ok(Checked::Passed { user, unit })
}

struct Attempt<'a> {
    services: &'a Services,
    origin: &'a Origin,
    login: &'a str,
    now: Timestamp,
}

impl Attempt<'_> {
    fn event(&self, user: Option<&User>, reason: &str) -> domain::Event {
        let draft = EventDraft::failure("user.session.start", "User login to Rolegate", reason);
        match user {
            Some(user) => draft.on_user(user).by(self.services, &Caller::person(user, self.origin.clone())),
            None => draft.by(self.services, &Caller::unknown(self.login, self.origin.clone())),
        }
    }

    async fn refuse(&self, mut unit: Box<dyn UnitOfWork>, user: Option<&User>, reason: &str) -> Result<Checked> {
        unit.append_event(&self.event(user, reason)).await?;
        unit.commit().await?;
        Ok(Checked::Refused)
    }

    /// Counts a wrong password, and locks the account when there were too many.
    async fn count_failure(
        &self,
        mut unit: Box<dyn UnitOfWork>,
        user: &User,
        lock: (u32, Option<Timestamp>),
    ) -> Result<Checked> {
        if lock.1.is_some() {
            // A lock that ended: counting begins anew, or one slip would lock again at once.
            unit.set_lockout(&user.id, None).await?;
        }
        let failures = unit.add_failure(&user.id, self.now).await?;
        let policy = &self.services.settings.lockout;
        if failures >= policy.failures {
            let until = self.now.plus_seconds(i64::from(policy.seconds));
            unit.set_lockout(&user.id, Some(until)).await?;
            let event = EventDraft::failure("user.account.lock", "Max sign in attempts exceeded", "LOCKED_OUT")
                .on_user(user)
                .fact("failures", failures)
                .fact("lockedUntil", until);
            let caller = Caller::person(user, self.origin.clone());
            unit.append_event(&event.by(self.services, &caller)).await?;
        }
        self.refuse(unit, Some(user), "INVALID_CREDENTIALS").await
    }
}
