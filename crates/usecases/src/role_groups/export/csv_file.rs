//! CSV (RFC 4180) with a header. `managementGroups` is empty: it is filled in by people and read by the import.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, a tab or a line end for a formula, and would calculate
//! what somebody wrote into the name of an account or a role. Such a cell gets an apostrophe before it, which makes it text;
//! the import takes it off again.

use super::super::wanted::WantedGroup;
use crate::error::{Error, Result};

/// The columns of an export. The import reads `name`, `description` and `managementGroups` (names separated by `;`), in
/// any order, and passes over the others.
pub(in super::super) const COLUMNS: [&str; 7] =
    ["name", "description", "managementGroups", "accountId", "accountName", "accountAlias", "roleArn"];

/// The table.
pub(super) fn write(groups: &[WantedGroup]) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(|error| failed(&error))?;
    for group in groups {
        let row = [
            &group.name,
            &group.description,
            "",
            &group.role.account().to_string(),
            &group.account_name,
            group.account_alias.as_deref().unwrap_or_default(),
            &group.role.to_string(),
        ];
        writer.write_record(row.map(inert)).map_err(|error| failed(&error))?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(error.error()))?;
    String::from_utf8(bytes).map_err(|error| failed(&error))
}

fn failed(error: &dyn std::error::Error) -> Error {
    Error::Internal(format!("a CSV file could not be written: {error}"))
}

/// A cell that no spreadsheet calculates.
pub(super) fn inert(cell: &str) -> String {
    if is_formula(cell) { format!("'{cell}") } else { cell.to_owned() }
}

/// The cell that [`inert`] was given.
pub(in super::super) fn plain(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(cell)
}

/// Also behind apostrophes, so that taking one off leads back. The wide forms of the signs count in East Asian versions.
fn is_formula(cell: &str) -> bool {
    let signs = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    cell.trim_start_matches('\'').starts_with(signs)
}
