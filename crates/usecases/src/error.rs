//! Why a use case did not do what was asked, by culprit. `web` turns each into Okta's error object, the command line
//! into a message with a hint.

use ports::{KeyError, PasswordError, StoreError};

/// What a use case answers.
pub type Result<T> = std::result::Result<T, Error>;

/// Why not.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was asked for is not there (E0000007).
    #[error("{kind} `{id}` was not found")]
    NotFound {
        /// `User`, `UserGroup`, `AppInstance`, `AppUser`, `AwsRole` …
        kind: &'static str,
        /// As it was asked for, at most 200 characters.
        id: String,
    },
    /// The request's values are not acceptable (E0000001): which field, and one sentence for each mistake.
    #[error("{field}: {}", .causes.join("; "))]
    Invalid {
        /// `login`, `settings.app.sessionDuration` …
        field: String,
        /// What is wrong, with the value, and what is expected.
        causes: Vec<String>,
    },
    /// Several of the request's values are not acceptable (E0000001): every mistake with its field.
    #[error("{}", .0.iter().map(Mistake::to_string).collect::<Vec<_>>().join("; "))]
    Fields(Vec<Mistake>),
    /// The caller may not do this (E0000006).
    #[error("you do not have permission to perform the requested action")]
    Forbidden,
    /// The thing is not in a state for this (E0000038 for users, E0000079 else, E0000016 for a needless activation).
    #[error("{0}")]
    State(StateError),
    /// The environment: database, keys.
    #[error(transparent)]
    Store(StoreError),
    /// The environment: keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// Our own mistake: something that cannot be is.
    #[error("internal error: {0}")]
    Internal(String),
}

/// What is wrong with one value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {cause}")]
pub struct Mistake {
    /// `people.filter`
    pub field: String,
    /// What is wrong, with the value, and what is expected.
    pub cause: String,
}

/// Why the state does not allow it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// E0000038.
    #[error("this operation is not allowed in the user's current status `{0}`")]
    UserStatus(&'static str),
    /// E0000016.
    #[error("it is active already")]
    AlreadyActive,
    /// E0000079.
    #[error("{0}")]
    NotNow(String),
    /// E0000014: a wrong old password, a person of a directory.
    #[error("{0}")]
    Credentials(String),
}

impl Error {
    /// A thing that is not there; the id is clipped.
    pub fn not_found(kind: &'static str, id: impl AsRef<str>) -> Self {
        Self::NotFound { kind, id: id.as_ref().chars().take(200).collect() }
    }

    /// One mistake in one field.
    pub fn invalid(field: impl Into<String>, cause: impl Into<String>) -> Self {
        Self::Invalid { field: field.into(), causes: vec![cause.into()] }
    }
}

/// A taken name, a thing that vanished meanwhile and a cursor that was never given are the client's mistakes, everything
/// else is the environment's.
impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { entity, field } => Self::invalid(
                field,
                format!(
                    "An object with this field already exists in the current organization: another {entity} has this {field}"
                ),
            ),
            StoreError::Missing { entity, id } => Self::not_found(kind_of(entity), id),
            cursor @ StoreError::BadCursor { .. } => Self::invalid("after", cursor.to_string()),
            other => Self::Store(other),
        }
    }
}

/// The store's word for a thing, as the API names it.
fn kind_of(entity: &'static str) -> &'static str {
    match entity {
        "user" => "User",
        "group" => "UserGroup",
        "app" => "AppInstance",
        other => other,
    }
}

impl From<PasswordError> for Error {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Weak(why) => Self::invalid("password", why),
            PasswordError::Failed(why) => Self::Internal(why),
        }
    }
}
