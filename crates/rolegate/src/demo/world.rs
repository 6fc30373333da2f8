//! The organisation's side of `emulator/world.json`: people, groups, assignments, and how AWS is read.

use anyhow::{Context, Result};
use domain::{AccountId, Partition, RoleArn};
use serde::Deserialize;
use serde_json::Value;

use super::python::FILES;

/// The whole file, typed as far as the demo needs it, and raw for the emulator.
pub struct World {
    /// What the emulator gets.
    pub raw: Value,
    /// How AWS is read.
    pub discovery: Discovery,
    /// Who signs in.
    pub people: Vec<Person>,
    /// Groups with their members.
    pub groups: Vec<SampleGroup>,
    /// Who has which roles.
    pub assignments: Assignments,
}

#[derive(Deserialize)]
struct SampleAccount {
    id: AccountId,
    partition: Partition,
}

#[derive(Deserialize)]
struct Sides {
    discovery: Discovery,
    people: Vec<Person>,
    groups: Vec<SampleGroup>,
    assignments: Assignments,
}

/// How AWS is read.
#[derive(Deserialize)]
pub struct Discovery {
    /// Name of the role in connected accounts.
    pub cross_account_role: String,
    /// What that role's trust policy asks for.
    pub external_id: String,
    /// One source a partition.
    pub sources: Vec<Source>,
    /// Names of the SAML providers.
    pub saml_providers: Providers,
}

/// A source account.
#[derive(Deserialize)]
pub struct Source {
    /// Its partition.
    pub partition: Partition,
    /// Its id.
    pub account: AccountId,
    /// Its region.
    pub region: String,
    /// A key of the emulator; opens nothing elsewhere.
    pub access_key_id: String,
    /// Its secret; as public as this file.
    pub secret_access_key: String,
}

/// Names of the SAML providers in every account.
#[derive(Deserialize)]
pub struct Providers {
    /// Of the app whose assertions go to AWS.
    pub app: String,
    /// Of the app whose assertions go to the emulator's sign-in page.
    pub browser_app: String,
    /// Of the app whose roles follow from a directory's groups; its assertions go to the emulator's sign-in page too.
    pub directory_app: String,
}

/// Somebody who signs in.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// Login.
    pub login: String,
    /// E-mail.
    pub email: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Printed at the start of the demo.
    pub password: String,
    /// The one administrator.
    #[serde(default)]
    pub admin: bool,
}

/// A group.
#[derive(Deserialize)]
pub struct SampleGroup {
    /// Name.
    pub name: String,
    /// Description.
    pub description: String,
    /// Logins.
    pub members: Vec<String>,
}

/// Who has which roles.
#[derive(Deserialize)]
pub struct Assignments {
    /// Directly.
    pub users: Vec<UserRoles>,
    /// Through a group.
    pub groups: Vec<GroupRoles>,
}

/// One person's roles.
#[derive(Deserialize)]
pub struct UserRoles {
    /// Whose.
    pub login: String,
    /// Which.
    pub roles: Vec<RoleArn>,
}

/// One group's roles.
#[derive(Deserialize)]
pub struct GroupRoles {
    /// Whose.
    pub group: String,
    /// 0 is the highest.
    pub priority: u32,
    /// Which.
    pub roles: Vec<RoleArn>,
}

impl World {
    /// The one that travels in the binary.
    ///
    /// # Errors
    /// When it is not what this module expects: a mistake of ours.
    pub fn embedded() -> Result<Self> {
        let text = FILES.get_file("world.json").and_then(include_dir::File::contents_utf8).context("world.json")?;
        let raw: Value = serde_json::from_str(text).context("world.json")?;
        let Sides { discovery, people, groups, assignments } =
            serde_json::from_str(text).context("the organisation's side of world.json")?;
        Ok(Self { raw, discovery, people, groups, assignments })
    }

    /// The accounts of a partition.
    ///
    /// # Errors
    /// When the file is not what this module expects.
    pub fn accounts(&self, partition: Partition) -> Result<Vec<AccountId>> {
        let accounts = self.raw.get("accounts").context("world.json has no `accounts`")?;
        let accounts: Vec<SampleAccount> =
            serde_json::from_value(accounts.clone()).context("accounts of world.json")?;
        Ok(accounts.into_iter().filter(|account| account.partition == partition).map(|account| account.id).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_world_is_complete_and_consistent() {
        let world = World::embedded().unwrap();
        let logins: Vec<&str> = world.people.iter().map(|person| person.login.as_str()).collect();
        assert_eq!(world.people.iter().filter(|person| person.admin).count(), 1);
        for group in &world.groups {
            assert!(group.members.iter().all(|member| logins.contains(&member.as_str())), "{}", group.name);
        }
        for user in &world.assignments.users {
            assert!(logins.contains(&user.login.as_str()), "{}", user.login);
        }
        let accounts =
            |user: &UserRoles| user.roles.iter().map(RoleArn::account).collect::<std::collections::BTreeSet<_>>().len();
        assert!(world.assignments.users.iter().any(|user| accounts(user) >= 3), "somebody has roles in three accounts");
    }
}
