//! What discovery knows, as the decision needs it: one role by its ARN or by account and name, one account by its id.

use std::{cmp::Ordering, collections::HashMap};

use domain::{
    AccountId, Partition, RoleArn, RoleName,
    aws::{AwsAccount, AwsRole},
};

/// Looks up what discovery found for one app. Implemented by caches and by [`KnownAws`].
pub trait Catalogue {
    /// The role, vanished ones too.
    fn role(&self, arn: &RoleArn) -> Option<&AwsRole>;
    /// The roles of an account that have this name, whatever its case and their paths, vanished ones too.
    fn named(&self, partition: Partition, account: AccountId, name: &RoleName) -> &[AwsRole];
    /// The account, vanished ones too.
    fn account(&self, partition: Partition, id: AccountId) -> Option<&AwsAccount>;
}

/// A catalogue in memory: for one decision, or kept as long as nothing changes.
#[derive(Debug, Clone, Default)]
pub struct KnownAws {
    roles: KnownRoles,
    accounts: HashMap<(Partition, AccountId), AwsAccount>,
}

/// Roles by account and name, and by ARN: in one order that serves both, because a decision looks each up two or three
/// times and then throws all of them away.
#[derive(Debug, Clone, Default)]
pub struct KnownRoles {
    /// By [`by_name`], then as ARNs are ordered.
    roles: Vec<AwsRole>,
}

impl KnownRoles {
    /// Takes what a store answered; of duplicates the last counts.
    pub fn new(roles: impl IntoIterator<Item = AwsRole>) -> Self {
        let mut roles: Vec<AwsRole> = roles.into_iter().collect();
        roles.sort_by(|one, other| by_name(&one.arn, &other.arn).then_with(|| one.arn.cmp(&other.arn)));
        roles.dedup_by(|later, kept| {
            let same = later.arn == kept.arn;
            if same {
                std::mem::swap(later, kept);
            }
            same
        });
        Self { roles }
    }

    /// See [`Catalogue::role`].
    pub fn role(&self, arn: &RoleArn) -> Option<&AwsRole> {
        let order = |role: &AwsRole| by_name(&role.arn, arn).then_with(|| role.arn.cmp(arn));
        self.roles.get(self.roles.binary_search_by(order).ok()?)
    }

    /// See [`Catalogue::named`].
    pub fn named(&self, partition: Partition, account: AccountId, name: &RoleName) -> &[AwsRole] {
        let order = |role: &AwsRole| name_order(&role.arn, (partition, account, name));
        let start = self.roles.partition_point(|role| order(role).is_lt());
        let rest = self.roles.get(start..).unwrap_or_default();
        let count = rest.iter().take_while(|role| order(role).is_eq()).count();
        rest.get(..count).unwrap_or_default()
    }
}

/// By partition, account and name, whatever the name's case.
fn by_name(one: &RoleArn, other: &RoleArn) -> Ordering {
    name_order(one, (other.partition(), other.account(), other.name()))
}

fn name_order(arn: &RoleArn, (partition, account, name): (Partition, AccountId, &RoleName)) -> Ordering {
    let place = (arn.partition(), arn.account()).cmp(&(partition, account));
    place.then_with(|| lower(arn.name()).cmp(lower(name)))
}

fn lower(name: &RoleName) -> impl Iterator<Item = u8> {
    name.as_str().bytes().map(|byte| byte.to_ascii_lowercase())
}

impl KnownAws {
    /// Takes what a store answered; of duplicates the last counts.
    pub fn new(accounts: impl IntoIterator<Item = AwsAccount>, roles: impl IntoIterator<Item = AwsRole>) -> Self {
        Self {
            roles: KnownRoles::new(roles),
            accounts: accounts.into_iter().map(|account| ((account.partition, account.id), account)).collect(),
        }
    }

    /// Every role, each once, by account and name.
    pub fn roles(&self) -> &[AwsRole] {
        &self.roles.roles
    }
}

impl Catalogue for KnownAws {
    fn role(&self, arn: &RoleArn) -> Option<&AwsRole> {
        self.roles.role(arn)
    }

    fn named(&self, partition: Partition, account: AccountId, name: &RoleName) -> &[AwsRole] {
        self.roles.named(partition, account, name)
    }

    fn account(&self, partition: Partition, id: AccountId) -> Option<&AwsAccount> {
        self.accounts.get(&(partition, id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{arn, role, role_arn};

    #[test]
    fn of_duplicates_the_last_counts() {
        let older = AwsRole { description: "older".to_owned(), ..role(&role_arn(1, "A")) };
        let newer = AwsRole { description: "newer".to_owned(), ..older.clone() };
        let known = KnownRoles::new([older.clone(), role(&role_arn(1, "B")), older, newer.clone()]);
        assert_eq!(known.role(&newer.arn), Some(&newer));
        assert_eq!(known.named(Partition::Aws, newer.arn.account(), newer.arn.name()), [newer]);
    }

    #[test]
    fn a_name_finds_every_path_and_case_of_its_account_and_an_arn_one_role() {
        let arns = [
            arn("arn:aws:iam::111111111111:role/z/Admin"),
            role_arn(2, "admin"),
            role_arn(1, "admin"),
            role_arn(1, "Admin"),
            role_arn(1, "Admin2"),
            arn("arn:aws-cn:iam::111111111111:role/Admin"),
            arn("arn:aws:iam::111111111111:role/Zz/Adm"),
        ];
        let known = KnownRoles::new(arns.iter().map(role));
        let asked = role_arn(1, "ADMIN");
        let mut found: Vec<String> = known
            .named(Partition::Aws, asked.account(), asked.name())
            .iter()
            .map(|role| role.arn.to_string())
            .collect();
        found.sort();
        assert_eq!(found, [arns[3].to_string(), arns[2].to_string(), arns[0].to_string()]);
        assert!(arns.iter().all(|arn| known.role(arn).is_some_and(|role| role.arn == *arn)));
        assert_eq!(known.role(&asked), None, "an ARN is exact");
        assert!(known.named(Partition::Aws, asked.account(), role_arn(1, "Adm1n").name()).is_empty());
    }
}
