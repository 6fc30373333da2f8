//! Role groups as a file, for whoever lets no program write to the directory: CSV, LDIF (RFC 2849), or a PowerShell
//! script for Active Directory. Names, descriptions and OUs come from outside: each format quotes them by its own rules.

pub(super) mod csv_file;
mod ldif;
mod powershell;

use super::{target::parse_ou, wanted::WantedGroup};
use crate::error::Result;

/// What kind of file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// One row a group; read back by the import of role groups.
    Csv,
    /// `groupOfNames` below this OU.
    Ldif {
        /// A DN.
        ou: String,
    },
    /// `New-ADGroup` below this OU, for those that are not there.
    PowerShell {
        /// A DN.
        ou: String,
    },
}

impl Format {
    /// Its media type.
    pub const fn media_type(&self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Ldif { .. } => "text/ldif; charset=utf-8",
            Self::PowerShell { .. } => "text/plain; charset=utf-8",
        }
    }

    /// A file name.
    pub const fn file_name(&self) -> &'static str {
        match self {
            Self::Csv => "role-groups.csv",
            Self::Ldif { .. } => "role-groups.ldif",
            Self::PowerShell { .. } => "role-groups.ps1",
        }
    }
}

/// The file's text.
///
/// # Errors
/// `Invalid` for an OU that is not a DN.
pub(super) fn write(groups: &[WantedGroup], format: &Format) -> Result<String> {
    match format {
        Format::Csv => csv_file::write(groups),
        Format::Ldif { ou } => Ok(ldif::write(groups, &parse_ou("ou", ou)?)),
        Format::PowerShell { ou } => Ok(powershell::write(groups, &parse_ou("ou", ou)?)),
    }
}

#[cfg(test)]
mod tests;
