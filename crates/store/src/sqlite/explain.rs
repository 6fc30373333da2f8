//! SQLite's result codes in words, with the next step.

use sqlx::error::DatabaseError;

/// What happened and what to do, for the codes that an operator can do something about.
pub(crate) fn explain(error: &dyn DatabaseError) -> Option<String> {
    in_words(error.code()?.parse().ok()?)
}

/// The same, by the (extended) result code.
pub(super) fn in_words(code: i32) -> Option<String> {
    // The low byte of an extended result code is the primary one.
    let text = match code & 0xff {
        5 | 6 => {
            "another process has held the database's write lock for more than 5 s\n\
                  hint: stop the other process that uses this file (`fuser` names it), or wait for it"
        }
        8 => {
            "the database cannot be written to\n\
              hint: give the user that runs Rolegate write access to the file and to its directory"
        }
        10 => "the disk could not be read or written\nhint: check the disk and the system's log",
        11 => {
            "the database file is damaged\n\
               hint: stop Rolegate, keep a copy of the file, restore the last backup"
        }
        13 => "the disk is full\nhint: make room on the volume that holds the database; nothing was half-written",
        14 => {
            "the database file cannot be opened\n\
               hint: its directory must exist, and the user that runs Rolegate must be allowed to write there"
        }
        26 => "the file is not an SQLite database\nhint: point `database_url` at another path, or move that file away",
        _ => return None,
    };
    Some(text.to_owned())
}
