//! What rows hold, and how they become domain values. A value that this version cannot read is `Corrupt`, never a panic
//! and never a silent default.

mod agent;
mod app;
mod aws;
mod directory;
mod directory_entry;
mod event;
mod group_rule;
mod import;
mod integration;
mod key;
mod people;
mod session;

use std::{fmt::Display, str::FromStr};

use domain::Timestamp;
use ports::{StoreError, StoreResult};
use serde::{Serialize, de::DeserializeOwned};

pub(crate) use agent::AgentRow;
pub(crate) use app::{AppRow, settings_text};
pub(crate) use aws::{AccountRow, RoleRow, RunRow, word};
pub(crate) use directory::{DirectoryRow, settings_text as directory_settings_text};
pub(crate) use directory_entry::{
    Decided, KeysRow, KnownGroup, KnownPerson, LinkedRow, OwnerRow, PendingRow, PersonEntryRow, decision_words,
    state_word,
};
pub(crate) use event::{search_text, subjects};
pub(crate) use group_rule::GroupRuleRow;
pub(crate) use import::{ImportRunRow, detail_text};
pub(crate) use integration::{IntegrationRow, sources_text};
pub(crate) use key::{SealedRow, SecretRow, SigningKeyRow};
pub(crate) use people::{GroupAssignmentRow, GroupRow, UserAssignmentRow, UserRow, roles_text};
pub(crate) use session::{OneTimeTokenRow, SessionRow, TokenRow};

fn corrupt(what: &'static str, why: impl Display) -> StoreError {
    StoreError::Corrupt { what, message: why.to_string() }
}

/// A value from its text.
fn value<T: FromStr<Err: Display>>(what: &'static str, text: &str) -> StoreResult<T> {
    text.parse().map_err(|error| corrupt(what, error))
}

/// A value from its text, where there is one.
fn optional<T: FromStr<Err: Display>>(what: &'static str, text: Option<impl AsRef<str>>) -> StoreResult<Option<T>> {
    text.map(|text| value(what, text.as_ref())).transpose()
}

/// An id.
pub(crate) fn id<T: TryFrom<String, Error: Display>>(what: &'static str, text: String) -> StoreResult<T> {
    T::try_from(text).map_err(|error| corrupt(what, error))
}

/// A value from its JSON.
pub(crate) fn from_json<T: DeserializeOwned>(what: &'static str, text: &str) -> StoreResult<T> {
    serde_json::from_str(text).map_err(|error| corrupt(what, error))
}

/// The JSON of a value.
pub(crate) fn to_json(value: &(impl Serialize + ?Sized)) -> StoreResult<String> {
    serde_json::to_string(value).map_err(|error| corrupt("a value to write", error))
}

/// A number that is never negative.
fn small(what: &'static str, number: i64) -> StoreResult<u32> {
    u32::try_from(number).map_err(|error| corrupt(what, error))
}

fn time(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

/// Milliseconds of a time that may be absent.
pub(crate) fn millis(time: Option<Timestamp>) -> Option<i64> {
    time.map(Timestamp::millis)
}

/// A row that is read by place, in the order of the statement that selects it: the way of the reads that every request
/// makes. Texts lie in the database's own memory, so that what is parsed anyway is not copied before.
pub(crate) trait Columns<'row> {
    fn text(&mut self) -> StoreResult<&'row str>;
    fn optional_text(&mut self) -> StoreResult<Option<&'row str>>;
    fn number(&mut self) -> StoreResult<i64>;
    fn optional_number(&mut self) -> StoreResult<Option<i64>>;
}

/// What is read so.
pub(crate) trait FromColumns: Sized {
    fn read<'row>(columns: &mut impl Columns<'row>) -> StoreResult<Self>;
}

impl FromColumns for i64 {
    fn read<'row>(columns: &mut impl Columns<'row>) -> StoreResult<Self> {
        columns.number()
    }
}

/// One row's value, or none.
pub(crate) fn one<R, T: TryFrom<R, Error = StoreError>>(row: Option<R>) -> StoreResult<Option<T>> {
    row.map(T::try_from).transpose()
}

/// Every row's value; one unreadable row fails the list.
pub(crate) fn all<R, T: TryFrom<R, Error = StoreError>>(rows: Vec<R>) -> StoreResult<Vec<T>> {
    rows.into_iter().map(T::try_from).collect()
}
