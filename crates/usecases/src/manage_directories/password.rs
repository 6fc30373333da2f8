//! The bind password: what becomes of it when settings change, and to whom it may be sent.

use std::collections::BTreeSet;

use domain::{
    Directory, Secret,
    directory::{Connection, Reach},
};

use super::DirectorySettings;
use crate::error::Mistake;

/// The longest bind password, in bytes.
const LONGEST: usize = 1_000;

/// What was said about the bind password.
#[derive(Debug, Clone, Default)]
pub enum BindPassword {
    /// Nothing: the one that is kept stays.
    #[default]
    Keep,
    /// It is to be forgotten.
    Forget,
    /// This one.
    Give(Secret<String>),
}

/// What becomes of it.
#[derive(Debug)]
pub(super) enum Outcome {
    /// The one that is kept is used.
    Stays,
    /// There is none.
    None,
    /// A new one.
    New(Secret<String>),
}

/// Decides; `former` is the directory with a password that is kept.
pub(super) fn decide(
    settings: &DirectorySettings,
    password: BindPassword,
    former: Option<&Directory>,
) -> std::result::Result<Outcome, Mistake> {
    let mistake = |cause: &str| Err(Mistake { field: "bindPassword".to_owned(), cause: cause.to_owned() });
    let has_reader = settings.connection.bind_dn.is_some() && settings.reach == Reach::Direct;
    match (password, has_reader) {
        (BindPassword::Give(_), false) if settings.reach == Reach::Agent => {
            mistake("the agent keeps it: give it to the agent, not here")
        }
        (BindPassword::Give(_), false) => mistake("it belongs to `bindDn`, which is not given"),
        (BindPassword::Keep | BindPassword::Forget, false) => Ok(Outcome::None),
        (BindPassword::Give(secret), true) if secret.expose().is_empty() => {
            mistake("an empty password would bind as nobody (RFC 4513 §5.1.2): give one, or leave `bindDn` out")
        }
        (BindPassword::Give(secret), true) if secret.expose().len() > LONGEST => {
            mistake("it has more than 1,000 bytes")
        }
        (BindPassword::Give(secret), true) => Ok(Outcome::New(secret)),
        (BindPassword::Forget, true) => {
            mistake("`bindDn` cannot bind without one: set `bindDn` to `null` too, or give another password")
        }
        (BindPassword::Keep, true) => match former {
            None => mistake("The field cannot be left blank: `bindDn` cannot bind without it"),
            Some(former) => match moved(&former.connection, &settings.connection) {
                None => Ok(Outcome::Stays),
                Some(what) => mistake(&format!(
                    "give it again: {what} changed, and the password that is kept is not sent elsewhere than it was meant for"
                )),
            },
        },
    }
}

/// What of the place or of the way there is not what the kept password was given for.
fn moved(former: &Connection, now: &Connection) -> Option<&'static str> {
    let known: BTreeSet<String> = former.urls.iter().map(|url| url.to_ascii_lowercase()).collect();
    if now.urls.iter().any(|url| !known.contains(&url.to_ascii_lowercase())) {
        return Some("`urls`");
    }
    if former.start_tls && !now.start_tls {
        return Some("`startTls`");
    }
    if former.ca_pem != now.ca_pem {
        return Some("`caPem`");
    }
    (former.bind_dn != now.bind_dn).then_some("`bindDn`")
}
