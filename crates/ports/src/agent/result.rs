//! What an agent brings back.

use domain::directory::{DirectoryEntry, DirectoryError, PersonNow, TestReport};
use serde::{Deserialize, Serialize};

use crate::{Authentication, DirectoryResult, ExistingGroup, ReadingEnd};

/// One line of a result. The last one is `Done` or `Failed`; a result without either was cut off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ResultLine {
    /// Of a reading.
    Entry(DirectoryEntry),
    /// The call's answer.
    Done(Answer),
    /// The call's error.
    Failed(DirectoryError),
}

/// How a call ended.
pub type Outcome = DirectoryResult<Answer>;

/// The answer of each [`super::Call`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Answer {
    /// Of `test`.
    Test(TestReport),
    /// Of `read`.
    Read(ReadingEnd),
    /// Of `authenticate`.
    Authenticate(Authentication),
    /// Of `person`.
    Person(Option<Box<PersonNow>>),
    /// Of `groups_in`.
    GroupsIn(Vec<ExistingGroup>),
    /// Of `change_groups`.
    ChangeGroups(Vec<DirectoryResult<()>>),
}
