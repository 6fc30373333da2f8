//! An OU of its own for each case, in the one domain of this program. Account names are unique in a domain, so they carry
//! the case's number.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use domain::{
    Directory, DirectoryKind, Secret,
    directory::{dn::escape, sam_account_name},
};
use ldap3::{Scope, SearchEntry};
use ports::directory::Directories;
use testkit::{
    directory::{DirectoryScenario, NewPerson, PASSWORD},
    sample,
};
use tokio::sync::Mutex;

use super::{
    adapter::directories,
    parts::{Administrator, Part},
};

/// The domain controller that all cases share.
pub(crate) fn shared() -> &'static Part {
    static SHARED: OnceLock<Part> = OnceLock::new();
    SHARED.get_or_init(|| Part::start(&["samba"]))
}

/// One case's OU.
pub(crate) struct Samba {
    pub(crate) part: &'static Part,
    case: u32,
    pub(crate) base: String,
    pub(crate) administrator: Mutex<Administrator>,
}

impl Samba {
    pub(crate) async fn new() -> Self {
        let part = shared();
        let case = Part::next_case();
        let base = format!("OU=case{case},{}", part.told("suffix"));
        let mut administrator = Administrator::of(part).await;
        for ou in ["", "OU=people,", "OU=staff,OU=people,", "OU=away,", "OU=groups,", "OU=roles,OU=groups,"] {
            administrator.add(&format!("{ou}{base}"), &[("objectClass", &[b"organizationalUnit"])]).await;
        }
        Self { part, case, base, administrator: Mutex::new(administrator) }
    }

    pub(crate) fn staff(&self) -> String {
        format!("OU=staff,OU=people,{}", self.base)
    }

    pub(crate) fn groups(&self) -> String {
        format!("OU=groups,{}", self.base)
    }

    /// The account of a name: letters and digits of it, and the case.
    pub(crate) fn account(&self, name: &str) -> String {
        let word: String = name.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
        format!("{}-{}", word.to_ascii_lowercase(), self.case)
    }

    pub(crate) async fn dn_of(&self, name: &str) -> String {
        self.administrator.lock().await.dn_of(&self.base, name).await
    }

    async fn dns_of(&self, names: &[&str]) -> Vec<String> {
        let mut dns = Vec::new();
        for name in names {
            dns.push(self.dn_of(name).await);
        }
        dns
    }

    /// Replaces an attribute of somebody's.
    pub(crate) async fn replace(&self, name: &str, attribute: &str, value: &[u8]) {
        let dn = self.dn_of(name).await;
        self.administrator.lock().await.replace(&dn, attribute, &[value]).await;
    }

    /// One attribute of an entry.
    pub(crate) async fn entry(&self, dn: &str, attribute: &str) -> SearchEntry {
        let ldap = &mut self.administrator.lock().await.0;
        let found = ldap.search(dn, Scope::Base, "(objectClass=*)", [attribute]).await.expect("answered");
        let (mut entries, _) = found.success().expect("found");
        SearchEntry::construct(entries.remove(0))
    }
}

/// A password as `unicodePwd` takes it.
pub(crate) fn quoted_utf16(password: &str) -> Vec<u8> {
    format!("\"{password}\"").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[async_trait]
impl DirectoryScenario for Samba {
    fn directories(&self) -> Arc<dyn Directories> {
        directories()
    }

    fn settings(&self) -> Directory {
        let kind = DirectoryKind::ActiveDirectory;
        let mut settings = Directory { kind, ..sample::directory("corp") };
        settings.connection.urls = vec![self.part.told("ldaps").to_owned()];
        settings.connection.ca_pem = Some(self.part.ca_pem());
        settings.connection.bind_dn = Some(self.part.told("administrator.dn").to_owned());
        settings.people.bases = vec![format!("OU=people,{}", self.base)];
        settings.people.filter = format!("(&{}(!(employeeType=left)))", kind.people_filter());
        settings.people.attributes = kind.person_attributes();
        settings.groups.bases = vec![self.groups()];
        settings.groups.filter = String::from(kind.group_filter());
        settings
    }

    fn bind_password(&self) -> Option<Secret<String>> {
        Some(Secret::from(self.part.told("administrator.password")))
    }

    fn role_group_ou(&self) -> String {
        format!("OU=roles,{}", self.groups())
    }

    fn login(&self, name: &str) -> String {
        format!("{}@{}", self.account(name), self.part.told("domain"))
    }

    fn role_group_name(&self, name: &str) -> String {
        format!("{name}#{}", self.case)
    }

    async fn put_person(&self, person: NewPerson<'_>) {
        let dn = format!("CN={},{}", escape(person.name), self.staff());
        let (account, login, password) = (self.account(person.name), self.login(person.name), quoted_utf16(PASSWORD));
        let (email, first) = (person.email.map(str::as_bytes), person.first_name.map(str::as_bytes));
        let attributes: [(&str, &[&[u8]]); 8] = [
            ("objectClass", &[b"user"]),
            ("sAMAccountName", &[account.as_bytes()]),
            ("userPrincipalName", &[login.as_bytes()]),
            ("sn", &[person.last_name.as_bytes()]),
            ("mail", email.as_slice()),
            ("givenName", first.as_slice()),
            ("unicodePwd", &[&password]),
            ("userAccountControl", &[b"512"]),
        ];
        self.administrator.lock().await.add(&dn, &attributes).await;
    }

    async fn put_group(&self, name: &str, members: &[&str]) {
        let members = self.dns_of(members).await;
        let members: Vec<&[u8]> = members.iter().map(String::as_bytes).collect();
        let dn = format!("CN={},{}", escape(name), self.groups());
        let account = sam_account_name(&format!("{name} {}", self.case));
        let attributes: [(&str, &[&[u8]]); 4] = [
            ("objectClass", &[b"group"]),
            ("sAMAccountName", &[account.as_bytes()]),
            ("groupType", &[b"-2147483646"]),
            ("member", &members),
        ];
        self.administrator.lock().await.add(&dn, &attributes).await;
    }

    async fn set_members(&self, group: &str, members: &[&str]) {
        let members = self.dns_of(members).await;
        let members: Vec<&[u8]> = members.iter().map(String::as_bytes).collect();
        let dn = self.dn_of(group).await;
        self.administrator.lock().await.replace(&dn, "member", &members).await;
    }

    async fn set_first_name(&self, person: &str, first_name: &str) {
        self.replace(person, "givenName", first_name.as_bytes()).await;
    }

    async fn switch_off(&self, person: &str) {
        self.replace(person, "userAccountControl", b"514").await;
    }

    async fn rename(&self, name: &str, to: &str) {
        let dn = self.dn_of(name).await;
        self.administrator.lock().await.rename(&dn, &format!("CN={}", escape(to)), None).await;
    }

    async fn remove(&self, name: &str) {
        let dn = self.dn_of(name).await;
        self.administrator.lock().await.delete(&dn).await;
    }

    async fn move_out(&self, person: &str) {
        let dn = self.dn_of(person).await;
        let away = format!("OU=away,{}", self.base);
        self.administrator.lock().await.rename(&dn, &format!("CN={}", escape(person)), Some(&away)).await;
    }

    async fn leave_filter(&self, person: &str) {
        self.replace(person, "employeeType", b"left").await;
    }

    async fn rename_container(&self) {
        self.administrator.lock().await.rename(&self.staff(), "OU=team", None).await;
    }
}
