//! A directory in memory: people and groups as entries with attributes, read by the settings' bases, filters and mapping,
//! and on request failures, silence and readings that break off.

mod matching;
mod session;
mod view;
mod world;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use domain::{
    Directory, Secret,
    directory::{DirectoryError, Dn, ExternalId, PersonState},
};
use ports::directory::{AuthenticationRefusal, Directories, DirectoryResult, DirectorySession};

use self::{session::FakeSession, world::World};
use super::scenario::{DirectoryScenario, NewPerson, PASSWORD};
use crate::sample;

/// Where everything is.
pub const SUFFIX: &str = "dc=example,dc=com";
/// The password of the bind account of [`sample::directory`]'s settings.
pub const BIND_PASSWORD: &str = "bind password";

/// A directory as a script. Clones share it: keep one, give the other to the code under test, and change the world in
/// between. Names are those of entries (`cn`) and unique.
#[derive(Debug, Clone)]
pub struct FakeDirectory(Arc<Mutex<World>>);

impl Default for FakeDirectory {
    fn default() -> Self {
        Self::new()
    }
}

impl FakeDirectory {
    /// With an empty OU of people and one of groups.
    pub fn new() -> Self {
        let fake = Self(Arc::new(Mutex::new(World::default())));
        for ou in ["people", "groups", "away"] {
            fake.world().put(&format!("ou={ou},{SUFFIX}"), &[("objectClass", &["organizationalUnit"])]);
        }
        fake.world().put(&format!("ou=staff,ou=people,{SUFFIX}"), &[("objectClass", &["organizationalUnit"])]);
        fake
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds or replaces somebody with these attributes and [`PASSWORD`]; by default the settings map `mail`, `givenName` and
    /// `sn`.
    pub fn add_person(&self, name: &str, attributes: &[(&str, &str)]) -> ExternalId {
        let dn = Dn::parse(&format!("ou=staff,ou=people,{SUFFIX}")).expect("a name").child("cn", name);
        let mut all: Vec<(&str, &[&str])> = vec![
            ("objectClass", &["inetOrgPerson", "person", "user"]),
            ("objectCategory", &["person"]),
            ("sAMAccountType", &["805306368"]),
        ];
        all.extend(attributes.iter().map(|(attribute, value)| (*attribute, std::slice::from_ref(value))));
        self.world().put(&dn.to_string(), &all)
    }

    /// Adds or replaces a group with these people and groups in it: names, or whole DNs that nothing here answers to.
    pub fn add_group(&self, name: &str, members: &[&str]) -> ExternalId {
        let dn = Dn::parse(&format!("ou=groups,{SUFFIX}")).expect("a name").child("cn", name);
        let classes: (&str, &[&str]) = ("objectClass", &["groupOfNames", "group"]);
        let id = self.world().put(&dn.to_string(), &[classes, ("objectCategory", &["group"])]);
        self.world().set_members(name, members);
        id
    }

    /// Replaces an attribute; without values it goes. With U+FFFD in one it is no text, as a mapped picture would be.
    pub fn set(&self, name: &str, attribute: &str, values: &[&str]) {
        self.world().change(name, |entry| entry.set(attribute, values));
    }

    /// Replaces who is in a group.
    pub fn replace_members(&self, group: &str, members: &[&str]) {
        self.world().set_members(group, members);
    }

    /// Replaces a password.
    pub fn set_password(&self, name: &str, password: &str) {
        self.world().change(name, |entry| password.clone_into(&mut entry.password));
    }

    /// What the directory says of somebody's account.
    pub fn set_state(&self, name: &str, state: PersonState) {
        self.world().change(name, |entry| entry.state = state);
    }

    /// From now on the right password is refused with this reason (`None`: let in).
    pub fn refuse(&self, name: &str, why: Option<AuthenticationRefusal>) {
        self.world().change(name, |entry| entry.refusal = why);
    }

    /// Takes an entry away.
    pub fn delete(&self, name: &str) {
        self.world().remove(name);
    }

    /// The id of an entry.
    pub fn id(&self, name: &str) -> ExternalId {
        self.world().named(name).id.clone()
    }

    /// From now on every call fails (`None`: works again).
    pub fn fail(&self, error: Option<DirectoryError>) {
        self.world().failure = error;
    }

    /// From now on every reading breaks off after so many entries (`None`: goes to its end).
    pub fn break_off_after(&self, entries: Option<usize>) {
        self.world().breaks_after = entries;
    }

    /// From now on every reading stands still after so many entries (`None`: goes on).
    pub fn hang_after(&self, entries: Option<usize>) {
        self.world().hangs_after = entries;
    }

    /// Every reading that stands still goes on.
    pub fn go_on(&self) {
        self.world().goes_on.send_modify(|times| *times += 1);
    }

    /// From now on cursors that were given out lead nowhere.
    pub fn forget_cursors(&self) {
        self.world().epoch += 1;
    }

    /// How many readings began, full and incremental.
    pub fn readings(&self) -> (u32, u32) {
        self.world().readings
    }

    /// Logins whose passwords were checked, in order.
    pub fn authentications(&self) -> Vec<String> {
        self.world().authentications.clone()
    }
}

#[async_trait]
impl Directories for FakeDirectory {
    async fn open(
        &self,
        directory: &Directory,
        bind_password: Option<Secret<String>>,
    ) -> DirectoryResult<Box<dyn DirectorySession>> {
        Ok(Box::new(FakeSession::new(self.0.clone(), directory.clone(), bind_password)))
    }
}

#[async_trait]
impl DirectoryScenario for FakeDirectory {
    fn directories(&self) -> Arc<dyn Directories> {
        Arc::new(self.clone())
    }

    fn settings(&self) -> Directory {
        let mut settings = sample::directory("corp");
        settings.people.attributes.login = String::from("uid");
        settings.people.filter = String::from("(&(objectClass=inetOrgPerson)(!(employeeType=left)))");
        settings
    }

    fn bind_password(&self) -> Option<Secret<String>> {
        Some(Secret::from(BIND_PASSWORD))
    }

    fn role_group_ou(&self) -> String {
        format!("ou=groups,{SUFFIX}")
    }

    fn login(&self, name: &str) -> String {
        let word: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        format!("{}@login.example.com", word.to_ascii_lowercase())
    }

    async fn put_person(&self, person: NewPerson<'_>) {
        let login = self.login(person.name);
        let mut attributes = vec![("uid", login.as_str()), ("sn", person.last_name)];
        attributes.extend(person.email.map(|email| ("mail", email)));
        attributes.extend(person.first_name.map(|name| ("givenName", name)));
        self.add_person(person.name, &attributes);
        self.set_password(person.name, PASSWORD);
    }

    async fn put_group(&self, name: &str, members: &[&str]) {
        self.add_group(name, members);
    }

    async fn set_members(&self, group: &str, members: &[&str]) {
        self.replace_members(group, members);
    }

    async fn set_first_name(&self, person: &str, first_name: &str) {
        self.set(person, "givenName", &[first_name]);
    }

    async fn switch_off(&self, person: &str) {
        self.set_state(person, PersonState::Disabled);
    }

    async fn rename(&self, name: &str, to: &str) {
        self.world().rename(name, to);
    }

    async fn remove(&self, name: &str) {
        self.delete(name);
    }

    async fn move_out(&self, person: &str) {
        self.world().change(person, |entry| {
            entry.dn = Dn::parse(&format!("ou=away,{SUFFIX}")).expect("a name").child("cn", person);
        });
    }

    async fn leave_filter(&self, person: &str) {
        self.set(person, "employeeType", &["left"]);
    }

    async fn rename_container(&self) {
        self.world().rename_container(&format!("ou=staff,ou=people,{SUFFIX}"), &format!("ou=team,ou=people,{SUFFIX}"));
    }
}
