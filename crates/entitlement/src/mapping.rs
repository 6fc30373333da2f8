//! Group mapping: roles that follow from the names of the groups that a person is in.
//!
//! 1. [`AppFilter`]: from which sources a group may grant at all;
//! 2. [`GroupFilter`]: Okta's expression with named parts, which has to match the whole name;
//! 3. [`RoleValuePattern`]: the parts make `provider ARN,role ARN`.
//!
//! [`Mapping`] is the three of one app, compiled. [`Mapping::of_person`] says what one person gets by it and through which groups;
//! [`Diagnosis`] why a group gives nothing; [`compare`] what a setting would change for a person, before it is saved; [`lint()`] what is probably not meant.

mod app_filter;
mod diagnosis;
mod expression;
mod group_filter;
mod lint;
mod mapped;
mod membership;
mod parts;
mod role_value;
mod sources;
mod trial;

use domain::AwsAppSettings;
use serde::Serialize;

pub use app_filter::{Admission, AppFilter, Source, is_reserved};
pub use diagnosis::{Diagnosis, GroupOutcome, MissCode, NearMiss};
pub use group_filter::{GroupFilter, NameReading};
pub use lint::{Lint, lint};
pub use mapped::MappedRoles;
pub use membership::{MAX_PATHS, MemberGroups, Place};
pub use parts::Parts;
pub use role_value::{RoleValue, RoleValueMiss, RoleValuePattern};
pub use sources::Sources;
pub use trial::{Change, GroupGraph, Side, compare};

/// Which setting it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum MappingField {
    /// `appFilter`.
    AppFilter,
    /// `groupFilter`.
    GroupFilter,
    /// `roleValuePattern`.
    RoleValuePattern,
}

impl MappingField {
    /// As the API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AppFilter => "appFilter",
            Self::GroupFilter => "groupFilter",
            Self::RoleValuePattern => "roleValuePattern",
        }
    }
}

/// Why a setting of the mapping cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[error("`{}`: {message}; {hint}", field.as_str())]
#[serde(rename_all = "camelCase")]
pub struct MappingError {
    /// Which setting.
    pub field: MappingField,
    /// A stable word: `group_filter_syntax`, `group_filter_too_slow`, `role_value_unknown_part` …
    pub code: &'static str,
    /// What is wrong, with the place.
    pub message: String,
    /// What to write instead.
    pub hint: String,
}

/// The same, by those who do not know which setting they read.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Refusal {
    code: &'static str,
    message: String,
    hint: String,
}

impl Refusal {
    fn new(code: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: hint.into() }
    }

    fn of(self, field: MappingField) -> MappingError {
        MappingError { field, code: self.code, message: self.message, hint: self.hint }
    }
}

/// The mapping of one app, compiled. Cheap to keep, dear to make.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// From which sources.
    pub sources: AppFilter,
    /// Which names.
    pub filter: GroupFilter,
    /// Which roles.
    pub pattern: RoleValuePattern,
}

impl Mapping {
    /// Reads and compiles the three settings, whether or not `useGroupMapping` is on.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn compile(settings: &AwsAppSettings) -> Result<Self, Vec<MappingError>> {
        let sources = AppFilter::parse(&settings.app_filter);
        let filter = GroupFilter::parse(&settings.group_filter);
        // A filter that cannot be read has no parts; the pattern is read for its own sake then.
        let pattern = match &filter {
            Ok(filter) => RoleValuePattern::parse(&settings.role_value_pattern, filter.parts()),
            Err(_) => RoleValuePattern::parse_alone(&settings.role_value_pattern),
        };
        match (sources, filter, pattern) {
            (Ok(sources), Ok(filter), Ok(pattern)) => Ok(Self { sources, filter, pattern }),
            (sources, filter, pattern) => {
                let errors = [sources.err(), filter.err(), pattern.err()];
                Err(errors.into_iter().flatten().collect())
            }
        }
    }

    /// Reads and compiles settings that somebody wants to keep or to try: a filter that takes too long is refused too.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn check(settings: &AwsAppSettings) -> Result<Self, Vec<MappingError>> {
        let mapping = Self::compile(settings)?;
        mapping.filter.must_be_quick().map_err(|error| vec![error])?;
        Ok(mapping)
    }

    /// Everything that is wrong with settings that are kept for later, while `useGroupMapping` is off: each for itself,
    /// and none has to be there.
    pub fn check_unused(settings: &AwsAppSettings) -> Vec<MappingError> {
        let filter = Some(&settings.group_filter).filter(|text| !text.is_empty());
        let filter = filter.and_then(|text| GroupFilter::parse(text).and_then(|filter| filter.must_be_quick()).err());
        let pattern = Some(&settings.role_value_pattern).filter(|text| !text.trim().is_empty());
        let pattern = pattern.and_then(|text| RoleValuePattern::parse_alone(text).err());
        filter.into_iter().chain(pattern).collect()
    }
}
