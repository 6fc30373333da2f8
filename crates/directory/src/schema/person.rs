//! From an entry to a person, by the settings' mapping.

use std::collections::BTreeMap;

use domain::{
    DirectoryKind, Timestamp,
    directory::{DirectoryPerson, EntryKey, EntryProblem},
};

use super::{Schema, active_directory, id_missing, not_utf8};
use crate::entry::{NotUtf8, RawEntry};

impl Schema {
    /// The person that an entry is, or why it is none. Whose profile cannot be read is there all the same, with state and
    /// keys: nobody is lost, and nobody goes on, because of a value that is no text.
    pub(crate) fn person(&self, entry: &RawEntry, now: Timestamp) -> Result<DirectoryPerson, EntryProblem> {
        let id = self.id(entry).ok_or_else(|| id_missing(entry, self.id_attributes()))?;
        let dn = entry.dn().map_err(|error| not_utf8(entry, &error))?;
        let mut keys = vec![EntryKey::of_dn(dn)];
        let mut also_in = Vec::new();
        match self.kind {
            DirectoryKind::OpenLdap => keys.extend(entry.texts("uid").map(EntryKey::of_uid)),
            DirectoryKind::ActiveDirectory => also_in.extend(active_directory::primary_group(entry)),
        }
        let mut person = DirectoryPerson {
            id,
            keys,
            login: None,
            email: None,
            first_name: None,
            last_name: None,
            further: BTreeMap::new(),
            state: self.state(entry, now),
            also_in,
            dn: dn.to_owned(),
            problem: None,
        };
        person.problem = self.profile(entry, &mut person).err().map(|error| not_utf8(entry, &error));
        Ok(person)
    }

    fn profile(&self, entry: &RawEntry, person: &mut DirectoryPerson) -> Result<(), NotUtf8> {
        let text = |attribute: &str| entry.text(attribute).map(|text| text.map(str::to_owned));
        let attributes = &self.settings.people.attributes;
        person.login = text(&attributes.login)?;
        person.email = text(&attributes.email)?;
        person.first_name = text(&attributes.first_name)?;
        person.last_name = text(&attributes.last_name)?;
        person.further = self.further(entry)?;
        Ok(())
    }

    fn further(&self, entry: &RawEntry) -> Result<BTreeMap<String, String>, NotUtf8> {
        let mut further = BTreeMap::new();
        for (field, attribute) in &self.settings.people.attributes.further {
            let values: Result<Vec<&str>, _> =
                entry.values(attribute).iter().map(|bytes| std::str::from_utf8(bytes)).collect();
            let values = values.map_err(|_| NotUtf8(format!("`{attribute}`")))?.join(", ");
            if !values.trim().is_empty() {
                further.insert(field.clone(), values);
            }
        }
        Ok(further)
    }
}

#[cfg(test)]
mod tests {
    use domain::directory::PersonState;

    use super::*;
    use crate::entry::sample::entry;

    const ID: (&str, &[&[u8]]) = ("entryUUID", &[b"0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"]);

    fn schema() -> Schema {
        let mut settings = testkit::sample::directory("corp");
        settings.people.attributes.further.insert("department".to_owned(), "ou".to_owned());
        Schema::new(&settings)
    }

    #[test]
    fn attributes_become_the_profile() {
        let entry = entry(
            r"uid=a,ou=x\2Cy,dc=z",
            &[ID, ("MAIL", &[b"a@x", b"b@x"]), ("sn", &[b"  "]), ("OU", &[b"one", b"two"]), ("uid", &[b"A", b"a2"])],
        );
        let person = schema().person(&entry, Timestamp::from_millis(0)).unwrap();
        assert_eq!(
            (person.login.as_deref(), person.last_name.as_deref(), person.state),
            (Some("a@x"), None, PersonState::Active)
        );
        assert_eq!(person.further["department"], "one, two");
        let keys: Vec<&str> = person.keys.iter().map(|key| key.0.as_str()).collect();
        assert_eq!(keys, [r"dn:uid=a,ou=x\,y,dc=z", "uid:a", "uid:a2"]);
    }

    #[test]
    fn what_is_no_text_is_named_and_hides_nobody() {
        let bad = entry("uid=a", &[ID, ("mail", &[b"a@x"]), ("sn", &[b"M\xfcller"]), ("nsAccountLock", &[b"true"])]);
        let person = schema().person(&bad, Timestamp::from_millis(0)).unwrap();
        let problem = person.problem.unwrap();
        assert_eq!((problem.code.as_str(), problem.what.as_str()), ("NOT_UTF8", "`sn` is not UTF-8."));
        assert_eq!((person.login.as_deref(), person.state), (Some("a@x"), PersonState::Disabled));
        let nameless = entry("uid=a", &[("mail", &[b"a@x"])]);
        assert_eq!(schema().person(&nameless, Timestamp::from_millis(0)).unwrap_err().code, "ID_MISSING");
    }
}
