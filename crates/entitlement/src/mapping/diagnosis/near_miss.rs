//! Why a group gives nothing, in words: a stable code, one sentence, the next step.

use domain::RoleArn;
use serde::Serialize;

use crate::{
    Finding,
    mapping::{
        RoleValueMiss,
        expression::{Stop, clip},
    },
};

/// What kind of miss it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MissCode {
    /// Only the case of letters is in the way of a match.
    NameCase,
    /// A part of the name matches, not the whole of it.
    PartOnly,
    /// The name would match but for what stands where a named part is.
    PartDiffers,
    /// The name begins as a match does, and goes on otherwise.
    NameDiffers,
    /// The name has more than 1,024 characters.
    NameTooLong,
    /// The name would match but for characters outside of printable ASCII.
    NameNotAscii,
    /// The filter took too many steps over the name.
    BudgetExceeded,
    /// The name matches, but `appFilter` does not name its source.
    SourceFiltered,
    /// The name matches, but its directory is switched off, or gone.
    DirectoryInactive,
    /// The name matches without a part that the role value pattern needs.
    PartMissing,
    /// The account id is not 12 digits.
    AccountId,
    /// What was taken for the partition is none.
    Partition,
    /// What was taken for the role is no role's name.
    RoleName,
    /// What was taken for the provider is no provider's name.
    ProviderName,
    /// The role belongs to IAM Identity Center or to an AWS service.
    RoleKind,
    /// The account is not among the discovered ones: the role is trusted as it is written.
    AccountUnknown,
    /// AWS has suspended or closed the account.
    AccountSuspended,
    /// The account has no such role.
    RoleNotDiscovered,
    /// The account has such a role, but its name is in another case.
    RoleCase,
    /// The account has such a role, but under another path.
    RolePath,
    /// The role's trust policy does not let our provider in.
    RoleNotTrusted,
}

impl MissCode {
    /// As the API writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NameCase => "name_case",
            Self::PartOnly => "part_only",
            Self::PartDiffers => "part_differs",
            Self::NameDiffers => "name_differs",
            Self::NameTooLong => "name_too_long",
            Self::NameNotAscii => "name_not_ascii",
            Self::BudgetExceeded => "budget_exceeded",
            Self::SourceFiltered => "source_filtered",
            Self::DirectoryInactive => "directory_inactive",
            Self::PartMissing => "part_missing",
            Self::AccountId => "account_id",
            Self::Partition => "partition",
            Self::RoleName => "role_name",
            Self::ProviderName => "provider_name",
            Self::RoleKind => "role_kind",
            Self::AccountUnknown => "account_unknown",
            Self::AccountSuspended => "account_suspended",
            Self::RoleNotDiscovered => "role_not_discovered",
            Self::RoleCase => "role_case",
            Self::RolePath => "role_path",
            Self::RoleNotTrusted => "role_not_trusted",
        }
    }
}

impl Serialize for MissCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Why a group gives nothing, or nothing that is certain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NearMiss {
    /// What kind.
    pub code: MissCode,
    /// One sentence with the values in backticks.
    pub explanation: String,
    /// What to do about it.
    pub fix: Option<String>,
    /// The part of the name that matches, where only a part does.
    pub matched: Option<String>,
}

impl NearMiss {
    fn new(code: MissCode, explanation: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { code, explanation: explanation.into(), fix: Some(fix.into()), matched: None }
    }

    pub(super) fn of_finding(code: MissCode, finding: &Finding) -> Self {
        Self { code, explanation: finding.explanation.clone(), fix: finding.fix.clone(), matched: None }
    }

    pub(super) fn account_unknown(finding: &Finding) -> Self {
        Self::of_finding(MissCode::AccountUnknown, finding)
    }

    pub(super) fn name_case() -> Self {
        Self::new(
            MissCode::NameCase,
            "the name differs from a match in the case of its letters only",
            "rename the group, or begin the group filter with `(?i)`",
        )
    }

    pub(super) fn part_only(matched: &str) -> Self {
        Self {
            matched: Some(matched.to_owned()),
            ..Self::new(
                MissCode::PartOnly,
                format!("only `{}` of the name matches, and the whole name has to", clip(matched)),
                "rename the group, or let the group filter take the rest too",
            )
        }
    }

    pub(super) fn part_differs(part: &str, text: &str, stop: &Stop) -> Self {
        let explanation = match text.get(stop.at..).and_then(|rest| rest.chars().next()) {
            Some(found) => {
                format!("the part `{part}` would have to take `{}`, and takes no `{found}` there", clip(text))
            }
            None => format!("the part `{part}` would have to take `{}`, and takes more than that", clip(text)),
        };
        let fix = format!("let the part `{part}` of the group filter take that too, or rename the group");
        Self { matched: text.get(..stop.at).map(str::to_owned), ..Self::new(MissCode::PartDiffers, explanation, fix) }
    }

    pub(super) fn name_differs(name: &str, stop: &Stop) -> Self {
        let (matched, rest) = name.split_at_checked(stop.at).unwrap_or((name, ""));
        let wants = match (stop.may_end, stop.takes.is_empty()) {
            (true, true) => "the end of the name".to_owned(),
            (true, false) => format!("{} or the end of the name", stop.takes),
            (false, _) => stop.takes.to_string(),
        };
        let explanation = match rest.chars().next() {
            Some(found) => format!("after `{}` the group filter wants {wants}, but there is `{found}`", clip(matched)),
            None => format!("the name ends after `{}`, where the group filter wants more", clip(matched)),
        };
        Self {
            matched: Some(matched.to_owned()),
            ..Self::new(MissCode::NameDiffers, explanation, "rename the group, or let the group filter take its name")
        }
    }

    pub(super) fn too_long(limit: usize) -> Self {
        let what = format!("the name has more than {limit} characters, and is not looked at");
        Self::new(MissCode::NameTooLong, what, "give the group a shorter name")
    }

    pub(super) fn not_ascii(first: char) -> Self {
        let what = format!("the name has `{}`, and only printable ASCII is looked at", first.escape_debug());
        Self::new(MissCode::NameNotAscii, what, "rename the group: names of AWS roles are ASCII too")
    }

    pub(super) fn budget_exceeded() -> Self {
        Self::new(
            MissCode::BudgetExceeded,
            "the group filter takes too many steps over the name, which counts as no match",
            "write the filter without look-around or back-references, or without repeats inside repeats",
        )
    }

    pub(super) fn source_filtered(source: &str) -> Self {
        let what = format!("the name matches, but the app filter does not name `{}`", clip(source));
        Self::new(
            MissCode::SourceFiltered,
            what,
            format!("add `{}` to the app filter if its groups may grant", clip(source)),
        )
    }

    pub(super) fn directory_inactive(directory: &str) -> Self {
        let what = format!("the name matches, but the directory `{}` is switched off", clip(directory));
        Self::new(MissCode::DirectoryInactive, what, "activate the directory if its groups may grant")
    }

    pub(super) fn no_source() -> Self {
        let what = "the name matches, but the directory it came from is not there any more";
        Self::new(MissCode::DirectoryInactive, what, "remove the group, or import it from another directory")
    }

    pub(super) fn of_role_value(miss: &RoleValueMiss) -> Self {
        match miss {
            RoleValueMiss::PartMissing(part) => Self::new(
                MissCode::PartMissing,
                format!("the name matches without the part `{part}`, which the role value pattern needs"),
                format!("let the group filter take `{part}` of every name, or leave `${{{part}}}` out of the pattern"),
            ),
            RoleValueMiss::Account(account) => Self::new(
                MissCode::AccountId,
                format!("`{}` is not an AWS account id", clip(account)),
                r"an account id has exactly 12 digits: rename the group, or write `(?{{accountid}}\d{12})`",
            ),
            RoleValueMiss::Partition(partition) => Self::new(
                MissCode::Partition,
                format!("`{}` is not a partition of AWS", clip(partition)),
                "the usual ones are `aws`, `aws-us-gov` and `aws-cn`",
            ),
            RoleValueMiss::Role(role) => Self::new(
                MissCode::RoleName,
                format!("`{}` is not the name of a role", clip(role)),
                "a role's name has 1 to 64 letters, digits and `_+=,.@-`: rename the group, or correct the group filter",
            ),
            RoleValueMiss::Provider(provider) => Self::new(
                MissCode::ProviderName,
                format!("`{}` is not the name of a SAML provider", clip(provider)),
                "a provider's name has 1 to 128 letters, digits and `._-`: correct the role value pattern",
            ),
        }
    }

    pub(super) fn role_case(role: &RoleArn, twin: &RoleArn) -> Self {
        Self::new(
            MissCode::RoleCase,
            format!("account `{}` has no role `{}`, only `{}`", role.account(), role.name(), twin.name()),
            "rename the group so that the role's name is written as in AWS",
        )
    }

    pub(super) fn role_path(role: &RoleArn, twin: &RoleArn) -> Self {
        Self::new(
            MissCode::RolePath,
            format!(
                "account `{}` has `{}` under the path `{}`, not `{}`",
                role.account(),
                role.name(),
                twin.path(),
                role.path()
            ),
            "write the role value pattern without a path: the role's own is filled in then",
        )
    }
}
