//! A script for Active Directory. It makes what is missing and touches nothing else, so that it may be run again.
//!
//! The file is plain ASCII: Windows PowerShell reads a script without a byte order mark in the machine's code page, where the
//! bytes of a harmless letter may be a quote (`ő` ends in the byte of `‘`, which PowerShell takes for `'`).

use std::fmt::Write as _;

use domain::directory::{dn::Dn, sam_account_name};

use super::super::{target::ACTIVE_DIRECTORY_NAME, wanted::WantedGroup};

const HEAD: &str = "# Makes the groups of AWS roles that are not there yet. Run it where the ActiveDirectory module is.\n\
    # With -WhatIf it shows what it would do.\n\
    [CmdletBinding(SupportsShouldProcess)] param()\n\
    $ErrorActionPreference = 'Stop'\n\
    Import-Module ActiveDirectory\n";
const THERE: &str =
    "$there = @{}; Get-ADGroup -Filter * -SearchBase $ou | ForEach-Object { $there[$_.Name] = $true }\n";

/// One `New-ADGroup` a group, unless a group of the name is in the OU.
pub(super) fn write(groups: &[WantedGroup], ou: &Dn) -> String {
    let mut text = format!("{HEAD}$ou = {}\n{THERE}", literal(&ou.to_string()));
    for group in groups {
        let name = literal(&group.name);
        // Writing into a string cannot fail.
        let _ = if group.name.chars().count() > ACTIVE_DIRECTORY_NAME {
            writeln!(text, "Write-Warning (('left out, longer than {ACTIVE_DIRECTORY_NAME} characters: ') + {name})")
        } else {
            let description = if group.description.is_empty() {
                String::new()
            } else {
                format!(" -Description {}", literal(&group.description))
            };
            writeln!(
                text,
                "if (-not $there[{name}]) {{ New-ADGroup -Name {name} -SamAccountName {} -GroupCategory Security \
                 -GroupScope Global -Path $ou{description} }}",
                literal(&sam_account_name(&group.name)),
            )
        };
    }
    text
}

/// A string that is what it says and nothing else. Between single quotes nothing but the quote means anything; whatever is
/// not printable ASCII is written as its UTF-16 units.
fn literal(value: &str) -> String {
    let mut text = String::from("'");
    let mut units = [0; 2];
    for character in value.chars() {
        match character {
            '\'' => text.push_str("''"),
            ' '..='~' => text.push(character),
            _ => {
                for unit in character.encode_utf16(&mut units) {
                    let _ = write!(text, "'+[char]0x{unit:04X}+'");
                }
            }
        }
    }
    text.push('\'');
    if text.contains("+[char]") { format!("({text})") } else { text }
}
