//! The rows of a file: RFC 4180 with a header, in UTF-8 with or without a byte order mark.

use csv::{Position, StringRecord};

use super::{super::export::csv_file::plain, Mistakes};
use crate::{
    error::{Error, Result},
    manage_groups::{self, GroupProfile},
};

/// Bytes of a file, at most.
pub const LARGEST: usize = 16 * 1024 * 1024;
/// Rows of a file, at most.
const ROWS: usize = 50_000;
/// Parts the names of one cell.
const SEPARATOR: char = ';';

/// One row.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) name: String,
    /// Absent when the cell is empty: the description stays as it is.
    pub(super) description: Option<String>,
    pub(super) management: Vec<String>,
}

/// Where the columns are.
struct Columns {
    name: usize,
    description: Option<usize>,
    management: Option<usize>,
}

/// All rows, or everything that is wrong with them.
pub(super) fn read(file: &[u8]) -> Result<Vec<Row>> {
    if file.len() > LARGEST {
        let cause = format!("it has {} bytes; at most {LARGEST} are read: split it", file.len());
        return Err(Error::invalid("file", cause));
    }
    let text = std::str::from_utf8(file)
        .map_err(|error| Error::invalid("file", format!("it is not UTF-8 ({error}): save it as `CSV UTF-8`")))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let columns = columns(reader.headers().map_err(|error| not_csv(&error, 1))?)?;
    let mut lines = Lines { text, byte: 0, line: 1 };
    let mut mistakes = Mistakes::default();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| not_csv(&error, lines.of(error.position())))?;
        if rows.len() == ROWS {
            return Err(Error::invalid("file", format!("it has more than {ROWS} rows: split it")));
        }
        let row = row(&columns, &record, lines.of(record.position()));
        check(&row, &mut mistakes);
        rows.push(row);
    }
    mistakes.or(rows)
}

fn columns(header: &StringRecord) -> Result<Columns> {
    let place = |name: &str| header.iter().position(|cell| cell.trim().eq_ignore_ascii_case(name));
    let name = place("name").ok_or_else(|| {
        let found: String = header.iter().collect::<Vec<_>>().join(",").chars().take(200).collect();
        let cause = format!(
            "the first line names the columns, with commas between them: `name`, and where wanted `description` and \
             `managementGroups`; this one is `{found}`"
        );
        Error::invalid("line 1", cause)
    })?;
    Ok(Columns { name, description: place("description"), management: place("managementGroups") })
}

/// Counts lines as an editor does; the reader's own count is behind where lines end in CR LF.
struct Lines<'a> {
    text: &'a str,
    byte: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of a place that is not before the last one. What ends the line before may still lie ahead of it.
    fn of(&mut self, place: Option<&Position>) -> u64 {
        let byte = place.and_then(|place| usize::try_from(place.byte()).ok()).unwrap_or(self.byte);
        let ahead = self.text.get(byte..).unwrap_or_default();
        let blank = ahead.len() - ahead.trim_start_matches(['\r', '\n']).len();
        let passed = self.text.get(self.byte..byte + blank).unwrap_or_default();
        self.line += u64::try_from(passed.matches('\n').count()).unwrap_or(0);
        self.byte = byte + blank;
        self.line
    }
}

fn row(columns: &Columns, record: &StringRecord, line: u64) -> Row {
    let cell = |place: Option<usize>| place.and_then(|place| record.get(place)).map(plain).unwrap_or_default();
    let names = cell(columns.management).split(SEPARATOR).map(|name| plain(name.trim()).to_owned());
    Row {
        line,
        name: cell(Some(columns.name)).to_owned(),
        description: Some(cell(columns.description).to_owned()).filter(|text| !text.is_empty()),
        management: names.filter(|name| !name.is_empty()).collect(),
    }
}

/// As a group made by hand.
fn check(row: &Row, mistakes: &mut Mistakes) {
    let description = row.description.clone().unwrap_or_default();
    let profile = GroupProfile { name: row.name.clone(), description };
    if let Err(Error::Invalid { causes, .. }) = manage_groups::check(profile) {
        mistakes.add(row.line, format!("the group `{}`: {}", row.name, causes.join("; ")));
    }
}

fn not_csv(error: &csv::Error, line: u64) -> Error {
    Error::invalid(format!("line {line}"), format!("it is not CSV as it should be: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn causes(file: &[u8]) -> String {
        read(file).unwrap_err().to_string()
    }

    #[test]
    fn a_file_of_a_spreadsheet_is_read() {
        let file = "\u{feff}managementGroups,Name,other\r\n\"Ops; Admins;\",\"aws#a#x,y#1\",z\r\n'=Ops,'=1+1,\r\n";
        let rows = read(file.as_bytes()).unwrap();
        assert_eq!((rows[0].name.as_str(), &rows[0].description), ("aws#a#x,y#1", &None));
        assert_eq!(rows[0].management, ["Ops", "Admins"]);
        assert_eq!((rows[1].line, rows[1].name.as_str(), rows[1].management[0].as_str()), (3, "=1+1", "=Ops"));
        assert_eq!(read(b"name\n").unwrap(), []);
    }

    #[test]
    fn what_is_no_such_file_is_refused_with_the_place() {
        assert!(causes(b"").contains("the first line names the columns"));
        assert!(causes(b"name;description\na;b\n").contains("this one is `name;description`"));
        assert!(causes(b"name,description\na\n").starts_with("line 2"), "{}", causes(b"name,description\na\n"));
        assert!(
            causes(b"name,x\r\na,b\r\n\r\nc\r\n").starts_with("line 4: "),
            "{}",
            causes(b"name,x\r\na,b\r\n\r\nc\r\n")
        );
        assert!(causes(b"name\n\xff\n").contains("save it as `CSV UTF-8`"));
        let wrong = causes("name\n\"\"\n a\nok\n\"a\nb\"\n".as_bytes());
        for part in ["line 2: ", "line 3: the group ` a`", "line 5: "] {
            assert!(wrong.contains(part), "{part}: {wrong}");
        }
        assert!(causes(&vec![b'a'; LARGEST + 1]).contains("split it"));
        let long = format!("name\n{}", "a\n".repeat(ROWS + 1));
        assert!(causes(long.as_bytes()).contains("more than 50000 rows"));
    }
}
