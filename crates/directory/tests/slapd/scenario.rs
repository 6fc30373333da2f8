//! An OU of its own for each case, in the one slapd of this program.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use domain::{
    Directory, Secret,
    directory::{Dn, dn::escape},
};
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

/// The slapd that all cases share.
pub(crate) fn shared() -> &'static Part {
    static SHARED: OnceLock<Part> = OnceLock::new();
    SHARED.get_or_init(|| Part::start(&["slapd"]))
}

/// One case's OU.
pub(crate) struct Slapd {
    pub(crate) part: &'static Part,
    pub(crate) base: String,
    pub(crate) administrator: Mutex<Administrator>,
}

impl Slapd {
    pub(crate) async fn new() -> Self {
        Self::on(shared()).await
    }

    /// Below an OU of its own, of this server.
    pub(crate) async fn on(part: &'static Part) -> Self {
        let base = format!("ou=case{},{}", Part::next_case(), part.told("suffix"));
        let mut administrator = Administrator::of(part).await;
        let mut place = |dn: String| (dn.clone(), Dn::parse(&dn).expect("a name").leaf().expect("text").to_owned());
        for (dn, name) in [
            base.clone(),
            format!("ou=people,{base}"),
            format!("ou=staff,ou=people,{base}"),
            format!("ou=away,{base}"),
            format!("ou=groups,{base}"),
            format!("ou=roles,ou=groups,{base}"),
        ]
        .map(&mut place)
        {
            administrator.add(&dn, &[("objectClass", &[b"organizationalUnit"]), ("ou", &[name.as_bytes()])]).await;
        }
        Self { part, base, administrator: Mutex::new(administrator) }
    }

    pub(crate) fn staff(&self) -> String {
        format!("ou=staff,ou=people,{}", self.base)
    }

    pub(crate) fn groups(&self) -> String {
        format!("ou=groups,{}", self.base)
    }

    async fn dn_of(&self, name: &str) -> String {
        self.administrator.lock().await.dn_of(&self.base, name).await
    }

    async fn dns_of(&self, names: &[&str]) -> Vec<String> {
        let mut dns = Vec::new();
        for name in names {
            dns.push(self.dn_of(name).await);
        }
        dns
    }
}

#[async_trait]
impl DirectoryScenario for Slapd {
    fn directories(&self) -> Arc<dyn Directories> {
        directories()
    }

    fn settings(&self) -> Directory {
        let mut settings = sample::directory("corp");
        settings.connection.urls = vec![self.part.told("ldaps").to_owned()];
        settings.connection.ca_pem = Some(self.part.ca_pem());
        settings.connection.bind_dn = Some(self.part.told("administrator.dn").to_owned());
        settings.people.bases = vec![format!("ou=people,{}", self.base)];
        settings.people.filter = String::from("(&(objectClass=inetOrgPerson)(!(employeeType=left)))");
        settings.people.attributes.login = String::from("uid");
        settings.groups.bases = vec![self.groups()];
        settings.groups.filter = String::from(settings.kind.group_filter());
        settings
    }

    fn bind_password(&self) -> Option<Secret<String>> {
        Some(Secret::from(self.part.told("administrator.password")))
    }

    fn role_group_ou(&self) -> String {
        format!("ou=roles,{}", self.groups())
    }

    fn login(&self, name: &str) -> String {
        let word: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        format!("{}@login.example.com", word.to_ascii_lowercase())
    }

    async fn put_person(&self, person: NewPerson<'_>) {
        let dn = format!("cn={},{}", escape(person.name), self.staff());
        let login = self.login(person.name);
        let (email, first) = (person.email.map(str::as_bytes), person.first_name.map(str::as_bytes));
        let attributes: [(&str, &[&[u8]]); 7] = [
            ("objectClass", &[b"inetOrgPerson"]),
            ("cn", &[person.name.as_bytes()]),
            ("uid", &[login.as_bytes()]),
            ("sn", &[person.last_name.as_bytes()]),
            ("mail", email.as_slice()),
            ("givenName", first.as_slice()),
            ("userPassword", &[PASSWORD.as_bytes()]),
        ];
        self.administrator.lock().await.add(&dn, &attributes).await;
    }

    async fn put_group(&self, name: &str, members: &[&str]) {
        let members = self.dns_of(members).await;
        let members: Vec<&[u8]> = members.iter().map(String::as_bytes).collect();
        let dn = format!("cn={},{}", escape(name), self.groups());
        let attributes: [(&str, &[&[u8]]); 3] =
            [("objectClass", &[b"groupOfNames"]), ("cn", &[name.as_bytes()]), ("member", &members)];
        self.administrator.lock().await.add(&dn, &attributes).await;
    }

    async fn set_members(&self, group: &str, members: &[&str]) {
        let members = self.dns_of(members).await;
        let members: Vec<&[u8]> = members.iter().map(String::as_bytes).collect();
        let dn = self.dn_of(group).await;
        self.administrator.lock().await.replace(&dn, "member", &members).await;
    }

    async fn set_first_name(&self, person: &str, first_name: &str) {
        let dn = self.dn_of(person).await;
        self.administrator.lock().await.replace(&dn, "givenName", &[first_name.as_bytes()]).await;
    }

    async fn switch_off(&self, person: &str) {
        let dn = self.dn_of(person).await;
        self.administrator.lock().await.replace(&dn, "pwdAccountLockedTime", &[b"000001010000Z"]).await;
    }

    async fn rename(&self, name: &str, to: &str) {
        let dn = self.dn_of(name).await;
        self.administrator.lock().await.rename(&dn, &format!("cn={}", escape(to)), None).await;
    }

    async fn remove(&self, name: &str) {
        let dn = self.dn_of(name).await;
        self.administrator.lock().await.delete(&dn).await;
    }

    async fn move_out(&self, person: &str) {
        let dn = self.dn_of(person).await;
        let away = format!("ou=away,{}", self.base);
        self.administrator.lock().await.rename(&dn, &format!("cn={}", escape(person)), Some(&away)).await;
    }

    async fn leave_filter(&self, person: &str) {
        let dn = self.dn_of(person).await;
        self.administrator.lock().await.replace(&dn, "employeeType", &[b"left"]).await;
    }

    async fn rename_container(&self) {
        self.administrator.lock().await.rename(&self.staff(), "ou=team", None).await;
    }
}
