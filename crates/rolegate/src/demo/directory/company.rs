//! The company as LDIF: the same for the same roles.
//!
//! People are in teams, teams in `engineering`, and teams and `engineering` in role groups: a role below `/team/data/` is
//! for the team `data`, `ReadOnly` for all of engineering, other roles for `leads`. A few role groups are as they come in
//! real life: for a role that is gone, with another case, with an account id that is none; and one role has no group yet.

use std::{collections::BTreeMap, fmt::Write as _};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{AccountId, Partition, aws::AwsRole, directory::Dn};

/// What everything hangs from.
pub const SUFFIX: &str = "dc=corp,dc=example,dc=com";
/// Everybody's password; as public as this file.
pub const PASSWORD: &str = "corp-demo-2718-umbrella";
/// The password of [`reader`].
pub const READER_PASSWORD: &str = "corp-demo-reader-3141";
/// The group that everybody is in.
pub const EVERYBODY: &str = "everybody";

const PEOPLE: usize = 200;
const ENGINEERING: &str = "engineering";
const LEADS: &str = "leads";
/// The first four are in `engineering`.
const TEAMS: [&str; 7] = ["platform", "data", "web", "quality", "finance", "security", "operations"];
const ENGINEERING_TEAMS: usize = 4;
const FIRST_NAMES: [&str; 20] = [
    "Ada", "Ben", "Carla", "David", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kira", "Liam", "Mina", "Noah",
    "Olga", "Pavel", "Rosa", "Samir", "Tara", "Yuki",
];
const LAST_NAMES: [&str; 10] =
    ["Adler", "Brandt", "Costa", "Dahl", "Egger", "Fischer", "Garcia", "Hansen", "Ivanov", "Jansen"];
/// The role that has no group yet: what `rolegate role-groups diff` finds.
const WITHOUT_GROUP: &str = "Sandbox-2";

/// Somebody of the company.
struct Person {
    first: &'static str,
    last: &'static str,
    team: &'static str,
    leads: bool,
}

impl Person {
    fn uid(&self) -> String {
        format!("{}.{}", self.first, self.last).to_lowercase()
    }

    fn login(&self) -> String {
        format!("{}@corp.example.com", self.uid())
    }

    fn dn(&self) -> String {
        format!("uid={},{}", self.uid(), people_base())
    }
}

fn people() -> Vec<Person> {
    let names = LAST_NAMES.iter().flat_map(|last| FIRST_NAMES.iter().map(move |first| (*first, *last)));
    let teams = TEAMS.iter().copied().cycle();
    let all = names.zip(teams).enumerate();
    all.map(|(number, ((first, last), team))| Person { first, last, team, leads: number % 20 == 0 })
        .take(PEOPLE)
        .collect()
}

/// Logins and teams of some of them: one of each team, the first one a lead.
pub fn people_to_try() -> Vec<(String, &'static str)> {
    people().iter().take(TEAMS.len()).map(|person| (person.login(), person.team)).collect()
}

/// The account that reads.
pub fn reader() -> String {
    format!("cn=rolegate,{SUFFIX}")
}

/// Where people are.
pub fn people_base() -> String {
    format!("ou=people,{SUFFIX}")
}

/// Where groups are.
pub fn groups_base() -> String {
    format!("ou=groups,{SUFFIX}")
}

/// Everything, with a role group for each of `roles` in an account that has an alias.
pub fn ldif(aliases: &BTreeMap<AccountId, String>, roles: &[AwsRole]) -> String {
    let mut text = Ldif::default();
    text.entry(
        SUFFIX,
        &[("objectClass", "dcObject"), ("objectClass", "organization"), ("o", "Example Corp"), ("dc", "corp")],
    );
    for base in [people_base(), groups_base()] {
        text.entry(&base, &[("objectClass", "organizationalUnit")]);
    }
    let classes = [("objectClass", "applicationProcess"), ("objectClass", "simpleSecurityObject")];
    text.entry(&reader(), &[classes.as_slice(), &[("cn", "rolegate"), ("userPassword", READER_PASSWORD)]].concat());
    let people = people();
    for person in &people {
        text.person(person);
    }
    text.management_groups(&people);
    text.role_groups(aliases, roles);
    text.0
}

#[derive(Default)]
struct Ldif(String);

impl Ldif {
    /// An entry; every value in base64 (RFC 2849): role names hold what LDIF and distinguished names mean something by.
    fn entry(&mut self, dn: &str, values: &[(&str, &str)]) {
        // Writing to a text cannot fail.
        let _ = writeln!(self.0, "dn:: {}", STANDARD.encode(dn));
        for (name, value) in values {
            let _ = writeln!(self.0, "{name}:: {}", STANDARD.encode(value));
        }
        self.0.push('\n');
    }

    fn person(&mut self, person: &Person) {
        let (uid, login) = (person.uid(), person.login());
        let name = format!("{} {}", person.first, person.last);
        let values = [
            ("objectClass", "inetOrgPerson"),
            ("uid", uid.as_str()),
            ("cn", &name),
            ("givenName", person.first),
            ("sn", person.last),
            ("mail", &login),
            ("departmentNumber", person.team),
            ("userPassword", PASSWORD),
        ];
        self.entry(&person.dn(), &values);
    }

    fn group(&mut self, name: &str, description: &str, members: impl IntoIterator<Item = String>) {
        let members: Vec<String> = members.into_iter().collect();
        let mut values = vec![("objectClass", "groupOfNames"), ("cn", name), ("description", description)];
        values.extend(members.iter().map(|member| ("member", member.as_str())));
        self.entry(&group_dn(name), &values);
    }

    fn management_groups(&mut self, people: &[Person]) {
        self.group(EVERYBODY, "Everybody", people.iter().map(Person::dn));
        self.group(LEADS, "Leads of teams", people.iter().filter(|person| person.leads).map(Person::dn));
        for team in TEAMS {
            let members = people.iter().filter(|person| person.team == team).map(Person::dn);
            self.group(team, &format!("Team {team}"), members);
        }
        let teams = TEAMS.iter().take(ENGINEERING_TEAMS).map(|team| group_dn(team));
        self.group(ENGINEERING, "All engineering teams", teams);
    }

    fn role_groups(&mut self, aliases: &BTreeMap<AccountId, String>, roles: &[AwsRole]) {
        for role in roles
            .iter()
            .filter(|role| role.arn.partition() == Partition::Aws && role.arn.name().as_str() != WITHOUT_GROUP)
        {
            let Some(alias) = aliases.get(&role.arn.account()) else { continue };
            let name = format!("aws#{alias}#{}#{}", role.arn.name(), role.arn.account());
            self.group(&name, &format!("{} in {alias}", role.arn.name()), [group_dn(holder(role))]);
        }
        for (name, what) in [
            ("aws#example-production#Retired#111122223333", "A role that is gone"),
            ("aws#staging#readonly#222233334444", "A role whose name has another case"),
            ("aws#example-data#Analyst#33334444555", "An account id with eleven digits"),
        ] {
            self.group(name, what, [group_dn(LEADS)]);
        }
    }
}

/// Who may enter a role.
fn holder(role: &AwsRole) -> &'static str {
    let path = role.arn.path();
    let team = TEAMS.iter().find(|team| path.strip_prefix("/team/").is_some_and(|rest| rest.starts_with(**team)));
    match team {
        Some(team) => team,
        None if role.arn.name().as_str() == "ReadOnly" || path.starts_with("/team/") => ENGINEERING,
        None => LEADS,
    }
}

fn group_dn(name: &str) -> String {
    Dn::parse(&groups_base()).map_or_else(|_| String::new(), |base| base.child("cn", name).to_string())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn two_hundred_people_have_two_hundred_logins() {
        let logins: BTreeSet<String> = people().iter().map(Person::login).collect();
        assert_eq!(logins.len(), PEOPLE);
        assert_eq!(people_to_try().len(), TEAMS.len());
    }

    #[test]
    fn a_role_s_name_stays_one_level_of_its_group_s_name() {
        let dn = group_dn("aws#example#Data+Pipeline=Batch,Export@x#111122223333");
        let dn = Dn::parse(&dn).unwrap();
        assert_eq!(dn.leaf(), Some("aws#example#Data+Pipeline=Batch,Export@x#111122223333"));
        assert_eq!(dn.depth(), Dn::parse(&groups_base()).unwrap().depth() + 1);
    }
}
