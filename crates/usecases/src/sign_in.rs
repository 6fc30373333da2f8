//! Signing in with login and password.
//!
//! Whoever fails learns nothing: an unknown login, a wrong password, a locked, suspended or deactivated account answer
//! alike and after the same work (one password hash, one transaction); the exact reason is in the system log. A lock
//! holds against the right password too, or guessing could go on and watch for another answer. A lock ends by itself,
//! leaves the user's status alone and does not end sessions: nobody can throw out somebody else by typing wrong
//! passwords. Who knows the password of an account that is not active yet, or of an expired password, is told so.
//! Where a directory checks the password, it is asked in between (`password_check`), and only what it says to those alone
//! who know the password is told ([`Notice`]).

use domain::{
    Secret, Timestamp, User, UserStatus,
    event::Origin,
    session::{OneTimePurpose, OneTimeToken},
};
use ports::UnitOfWork;

use crate::{
    audit::EventDraft,
    caller::Caller,
    error::Result,
    manage_users,
    password_check::{self, Checked},
    services::Services,
    sessions::{self, Started},
};

/// How a sign-in ended.
#[derive(Debug)]
pub enum SignIn<T> {
    /// The person is who they say.
    Done(T),
    /// The password is right, but there is something to do first.
    Unfinished(Box<Unfinished>),
    /// Not let in, for a reason that may be told.
    Told(Notice),
    /// Wrong in a way that is not told.
    Refused,
}

/// What may be told to somebody who was not let in: only what the directory says to those alone who know the password, and
/// that it cannot be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// The directory cannot be asked now. Says nothing about login or password.
    DirectoryUnavailable,
    /// The password was right, and its life has ended.
    PasswordExpired,
    /// The password was right, and another one has to be chosen first.
    MustChangePassword,
    /// The password was right, and the account's end date has passed.
    AccountExpired,
    /// The password was right, but not at this time or from here.
    NotNow,
    /// The password was right, but an administrator has to let the person in first.
    NotHere,
}

impl Notice {
    /// For the person.
    pub const fn words(self) -> &'static str {
        match self {
            Self::DirectoryUnavailable => {
                "The directory that checks passwords cannot be asked now, so nobody can sign in with them. Try again in a \
                 few minutes; who is signed in already can go on."
            }
            Self::PasswordExpired => {
                "Your password has expired. Change it where you change your company's password (at your computer, or ask \
                 your help desk), then sign in with the new one."
            }
            Self::MustChangePassword => {
                "You have to choose a new password first. Do it where you change your company's password (at your computer, \
                 or ask your help desk), then sign in with the new one."
            }
            Self::AccountExpired => "Your account has expired. Ask your help desk to extend it.",
            Self::NotNow => "Your account may not sign in at this time or from here. Ask your help desk.",
            Self::NotHere => {
                "Your password is right, but you are not set up here yet. Ask your administrator to let you in."
            }
        }
    }
}

/// The password is right, and the person may not go on yet.
#[derive(Debug)]
pub struct Unfinished {
    /// `PASSWORD_EXPIRED`, `RECOVERY`: choose a new one. `STAGED`, `PROVISIONED`: an administrator has to activate first.
    pub status: UserStatus,
    /// Whose it is.
    pub user: User,
    /// Lets the person choose a new password; only where that is what is to be done.
    pub state_token: Option<Secret<String>>,
    /// End of the state token.
    pub expires: Timestamp,
}

/// A `sessionToken`: exchanged for a session once.
#[derive(Debug)]
pub struct SessionToken {
    /// Shown once, stored as a hash.
    pub token: Secret<String>,
    /// End of its life.
    pub expires: Timestamp,
    /// Whose it is.
    pub user: User,
}

/// For our own sign-in page: a session at once. Sessions whose secrets the browser presented are ended: a session is
/// never carried over a sign-in.
///
/// # Errors
/// `Store`, `Internal`.
pub async fn with_password(
    services: &Services,
    origin: Origin,
    login: &str,
    password: &Secret<String>,
    presented: &[&str],
) -> Result<SignIn<Started>> {
    let (user, mut unit) = match check(services, &origin, login, password).await? {
        SignIn::Done(passed) => passed,
        SignIn::Unfinished(unfinished) => return Ok(SignIn::Unfinished(unfinished)),
        SignIn::Told(notice) => return Ok(SignIn::Told(notice)),
        SignIn::Refused => return Ok(SignIn::Refused),
    };
    sessions::end_presented(services, &mut *unit, presented).await?;
    let (secret, session) = sessions::insert(services, &mut *unit, &user, &origin).await?;
    let mut caller = Caller::person(&user, origin);
    caller.origin.session = Some(session.id.to_string());
    append_start(services, &mut *unit, &caller, &user).await?;
    unit.commit().await?;
    Ok(sessions::started(services, secret).await?.map_or(SignIn::Refused, SignIn::Done))
}

/// For the API: a token that is exchanged for a session.
///
/// # Errors
/// `Store`, `Internal`.
pub async fn for_session_token(
    services: &Services,
    origin: Origin,
    login: &str,
    password: &Secret<String>,
) -> Result<SignIn<SessionToken>> {
    let (user, mut unit) = match check(services, &origin, login, password).await? {
        SignIn::Done(passed) => passed,
        SignIn::Unfinished(unfinished) => return Ok(SignIn::Unfinished(unfinished)),
        SignIn::Told(notice) => return Ok(SignIn::Told(notice)),
        SignIn::Refused => return Ok(SignIn::Refused),
    };
    let (token, expires) = one_time(services, &mut *unit, OneTimePurpose::SessionToken, &user).await?;
    append_start(services, &mut *unit, &Caller::person(&user, origin), &user).await?;
    unit.commit().await?;
    Ok(SignIn::Done(SessionToken { token, expires, user }))
}

/// What is left to do behind a `stateToken` of [`Unfinished`]: `None` for one that ended or is none. Does not use it up.
///
/// # Errors
/// `Store`.
pub async fn unfinished(services: &Services, state_token: &str) -> Result<Option<Unfinished>> {
    let mut unit = services.store.begin().await?;
    let Some(taken) = take(services, &mut *unit, state_token).await? else { return Ok(None) };
    let user = match &taken.user {
        Some(id) => unit.user_for_update(id).await?,
        None => None,
    };
    // The transaction is dropped: the token stays where it was.
    Ok(user.map(|user| Unfinished {
        status: user.status,
        user,
        state_token: Some(Secret::from(state_token)),
        expires: taken.expires,
    }))
}

/// Gives up an unfinished sign-in; answers whether there was one.
///
/// # Errors
/// `Store`.
pub async fn cancel(services: &Services, state_token: &str) -> Result<bool> {
    let mut unit = services.store.begin().await?;
    let taken = take(services, &mut *unit, state_token).await?;
    unit.commit().await?;
    Ok(taken.is_some())
}

/// Chooses a new password in an unfinished sign-in, knowing the old one: `None` for a token that ended or is none. The
/// token is used up once the password is changed.
///
/// # Errors
/// As `manage_users::change_password`.
pub async fn choose_password(
    services: &Services,
    origin: Origin,
    state_token: &str,
    old: &Secret<String>,
    new: &Secret<String>,
) -> Result<Option<User>> {
    let Some(Unfinished { user, .. }) = unfinished(services, state_token).await? else { return Ok(None) };
    let caller = Caller::person(&user, origin);
    let user = manage_users::change_password(services, &caller, &user.id, old, new).await?;
    cancel(services, state_token).await?;
    Ok(Some(user))
}

async fn take(services: &Services, unit: &mut dyn UnitOfWork, token: &str) -> Result<Option<OneTimeToken>> {
    if token.is_empty() || token.len() > sessions::LONGEST_SECRET {
        return Ok(None);
    }
    let hash = services.keys.secret_hash(token);
    Ok(unit.take_one_time_token(&hash, OneTimePurpose::StateToken, services.now()).await?)
}

type Passed = (User, Box<dyn UnitOfWork>);

/// Checks the password, and leaves an open transaction in which the rest of the sign-in is written.
async fn check(services: &Services, origin: &Origin, login: &str, password: &Secret<String>) -> Result<SignIn<Passed>> {
    match password_check::check(services, origin, login, password).await? {
        Checked::Passed { user, unit } => Ok(SignIn::Done((user, unit))),
        Checked::Told(notice) => Ok(SignIn::Told(notice)),
        Checked::Refused => Ok(SignIn::Refused),
        Checked::Unfinished { user, mut unit } => {
            let status = user.status;
            let chooses = matches!(status, UserStatus::PasswordExpired | UserStatus::Recovery);
            let mut expires = services.now();
            let mut state_token = None;
            if chooses {
                let (token, until) = one_time(services, &mut *unit, OneTimePurpose::StateToken, &user).await?;
                (state_token, expires) = (Some(token), until);
            }
            let caller = Caller::person(&user, origin.clone());
            let event = EventDraft::failure("user.session.start", "User login to Rolegate", status.as_str());
            unit.append_event(&event.on_user(&user).by(services, &caller)).await?;
            unit.commit().await?;
            Ok(SignIn::Unfinished(Box::new(Unfinished { status, user, state_token, expires })))
        }
    }
}

async fn append_start(services: &Services, unit: &mut dyn UnitOfWork, caller: &Caller, user: &User) -> Result<()> {
    let event = EventDraft::success("user.session.start", "User login to Rolegate").on_user(user).fact("amr", "pwd");
    Ok(unit.append_event(&event.by(services, caller)).await?)
}

async fn one_time(
    services: &Services,
    unit: &mut dyn UnitOfWork,
    purpose: OneTimePurpose,
    user: &User,
) -> Result<(Secret<String>, Timestamp)> {
    let secret = format!("20111{}", services.random_secret());
    let expires = services.now().plus_seconds(i64::from(services.settings.sessions.one_time_seconds));
    let hash = services.keys.secret_hash(&secret);
    unit.insert_one_time_token(&OneTimeToken { hash, purpose, user: Some(user.id.clone()), expires }).await?;
    Ok((Secret::new(secret), expires))
}
