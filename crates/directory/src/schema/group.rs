//! From an entry to a group, by the settings' attributes.

use domain::{
    DirectoryKind,
    directory::{DirectoryGroup, EntryKey, EntryProblem},
};

use super::{Schema, active_directory, id_missing, not_utf8};
use crate::entry::RawEntry;

impl Schema {
    /// The group that an entry is, with these members, or why it is none.
    pub(crate) fn group(&self, entry: &RawEntry, members: Vec<EntryKey>) -> Result<DirectoryGroup, EntryProblem> {
        let id = self.id(entry).ok_or_else(|| id_missing(entry, self.id_attributes()))?;
        let settings = &self.settings.groups;
        let text = |attribute: &str| entry.text(attribute).map_err(|error| not_utf8(entry, &error));
        let dn = entry.dn().map_err(|error| not_utf8(entry, &error))?;
        let name = text(&settings.name)?.ok_or_else(|| EntryProblem {
            dn: dn.to_owned(),
            code: "NAME_MISSING".to_owned(),
            what: format!("The group has no `{}`.", settings.name),
            fix: "Give the group a name in the directory, or name another attribute in the settings.".to_owned(),
        })?;
        let mut keys = vec![EntryKey::of_dn(dn)];
        if self.kind == DirectoryKind::ActiveDirectory {
            keys.extend(active_directory::sid_key(entry));
        }
        Ok(DirectoryGroup {
            id,
            keys,
            name: name.to_owned(),
            description: text(&settings.description)?.unwrap_or_default().to_owned(),
            members,
            dn: dn.to_owned(),
        })
    }
}

/// Members of a group that were left out because their names are no text.
pub(crate) fn unreadable_members(entry: &RawEntry, count: usize) -> EntryProblem {
    EntryProblem {
        dn: entry.shown_dn(),
        code: "NOT_UTF8".to_owned(),
        what: format!("{count} of the group's members are named in bytes that are not UTF-8; the others count."),
        fix: "Correct these values in the directory.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::sample::entry;

    #[test]
    fn a_group_without_a_name_is_left_out() {
        let schema = Schema::new(&testkit::sample::directory("corp"));
        let id: (&str, &[&[u8]]) = ("entryUUID", &[b"0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"]);
        let group =
            schema.group(&entry("cn=a,dc=x", &[id, ("cn", &[b"a"]), ("description", &[b"d"])]), vec![]).unwrap();
        assert_eq!((group.name.as_str(), group.description.as_str()), ("a", "d"));
        assert_eq!(schema.group(&entry("cn=a,dc=x", &[id]), vec![]).unwrap_err().code, "NAME_MISSING");
        assert_eq!(schema.group(&entry("cn=\u{e4}", &[]), vec![]).unwrap_err().code, "ID_MISSING");
    }
}
