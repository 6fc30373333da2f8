//! What the command line says: data on stdout, talk on stderr, errors with a hint. Exit codes: 0 done, 1 failed,
//! 2 wrong usage (clap), 3 done with findings (`doctor`, `aws test`, `directory import`).

use std::{
    io::{self, Write},
    process::ExitCode,
};

use serde::Serialize;
use serde_json::Value;

/// Exit code 3: the command did its work and found something that needs attention.
pub const FINDINGS: u8 = 3;

/// An error with the next step for the person who reads it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Hinted {
    message: String,
    hint: String,
}

impl Hinted {
    /// The next step.
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

/// Makes an error with a hint.
pub fn hinted(message: impl Into<String>, hint: impl Into<String>) -> anyhow::Error {
    Hinted { message: message.into(), hint: hint.into() }.into()
}

/// Writes the error chain and its hint to stderr.
pub fn fail(error: &anyhow::Error) -> ExitCode {
    let mut text = format!("error: {error:#}\n");
    for cause in error.chain() {
        if let Some(hinted) = cause.downcast_ref::<Hinted>() {
            text.push_str("hint: ");
            text.push_str(&hinted.hint);
            text.push('\n');
        }
    }
    say(&text);
    ExitCode::FAILURE
}

/// Talk, on stderr. A closed stderr is no reason to stop.
pub fn say(text: &str) {
    let _ = io::stderr().write_all(plain(text).as_bytes());
}

/// Without what a terminal obeys: names come from servers and directories.
fn plain(text: &str) -> String {
    text.replace(|character: char| character.is_control() && !matches!(character, '\n' | '\t'), "\u{fffd}")
}

/// One line of talk, on stderr.
pub fn say_line(text: impl AsRef<str>) {
    say(&format!("{}\n", text.as_ref()));
}

/// Data, on stdout.
///
/// # Errors
/// When stdout is closed.
pub fn print_line(text: impl AsRef<str>) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", plain(text.as_ref()))?;
    out.flush()?;
    Ok(())
}

/// Data as one line of JSON, on stdout.
///
/// # Errors
/// When stdout is closed.
pub fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    print_line(serde_json::to_string(value)?)
}

/// What a server answered: as it came for scripts, in words for people.
///
/// # Errors
/// When stdout is closed.
pub fn show(value: &Value, json: bool, text: fn(&Value) -> String) -> anyhow::Result<ExitCode> {
    if json {
        print_json(value)?;
    } else {
        print_line(text(value))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A field of an answer as text; nothing for null.
pub fn field(value: &Value, pointer: &str) -> String {
    match value.pointer(pointer) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// The items of a list; none of anything else.
pub fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

/// A table with columns as wide as their widest cell.
pub fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = header.iter().map(|cell| cell.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut text = String::new();
        for (cell, width) in cells.zip(&widths) {
            text.push_str(cell);
            text.push_str(&" ".repeat(width.saturating_sub(cell.chars().count()) + 2));
        }
        text.trim_end().to_owned()
    };
    let mut lines = vec![line(&mut header.iter().copied())];
    lines.extend(rows.iter().map(|row| line(&mut row.iter().map(String::as_str))));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_not_said() {
        assert_eq!(plain("cn=\u{1b}[2Jann\r\n\tb\u{9b}c é"), "cn=\u{fffd}[2Jann\u{fffd}\n\tb\u{fffd}c é");
    }

    #[test]
    fn a_table_lines_its_columns_up() {
        let rows = vec![vec!["a".to_owned(), "long cell".to_owned()], vec!["wide".to_owned(), "b".to_owned()]];
        assert_eq!(table(&["X", "Y"], &rows), "X     Y\na     long cell\nwide  b");
    }
}
