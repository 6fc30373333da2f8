//! What discovery knows, as the decision needs it: one role by its ARN or by account and name, one account by its id.

use std::collections::HashMap;

use domain::{
    AccountId, Partition, RoleArn, RoleName,
    aws::{AwsAccount, AwsRole},
};

/// Looks up what discovery found for one app. Implemented by caches and by [`KnownAws`].
pub trait Catalogue {
    /// The role, vanished ones too.
    fn role(&self, arn: &RoleArn) -> Option<&AwsRole>;
    /// The roles of an account that have this name, whatever its case and their paths, vanished ones too.
    fn named(&self, partition: Partition, account: AccountId, name: &RoleName) -> Vec<&AwsRole>;
    /// The account, vanished ones too.
    fn account(&self, partition: Partition, id: AccountId) -> Option<&AwsAccount>;
}

/// A catalogue in memory: for one decision, or kept as long as nothing changes.
#[derive(Debug, Clone, Default)]
pub struct KnownAws {
    roles: KnownRoles,
    accounts: HashMap<(Partition, AccountId), AwsAccount>,
}

/// Roles by ARN, and by account and name.
#[derive(Debug, Clone, Default)]
pub struct KnownRoles {
    roles: Vec<AwsRole>,
    by_arn: HashMap<RoleArn, usize>,
    by_name: HashMap<(Partition, AccountId, String), Vec<usize>>,
}

impl KnownRoles {
    /// Takes what a store answered; of duplicates the last counts.
    pub fn new(roles: impl IntoIterator<Item = AwsRole>) -> Self {
        let mut known = Self::default();
        for role in roles {
            let place = known.roles.len();
            match known.by_arn.insert(role.arn.clone(), place) {
                None => known.by_name.entry(name_key(&role.arn)).or_default().push(place),
                Some(former) => {
                    let places = known.by_name.entry(name_key(&role.arn)).or_default();
                    places.iter_mut().filter(|other| **other == former).for_each(|other| *other = place);
                }
            }
            known.roles.push(role);
        }
        known
    }

    /// See [`Catalogue::role`].
    pub fn role(&self, arn: &RoleArn) -> Option<&AwsRole> {
        self.roles.get(*self.by_arn.get(arn)?)
    }

    /// See [`Catalogue::named`].
    pub fn named(&self, partition: Partition, account: AccountId, name: &RoleName) -> Vec<&AwsRole> {
        let places = self.by_name.get(&(partition, account, name.as_str().to_ascii_lowercase()));
        places.into_iter().flatten().filter_map(|place| self.roles.get(*place)).collect()
    }
}

fn name_key(arn: &RoleArn) -> (Partition, AccountId, String) {
    (arn.partition(), arn.account(), arn.name().as_str().to_ascii_lowercase())
}

impl KnownAws {
    /// Takes what a store answered; of duplicates the last counts.
    pub fn new(accounts: impl IntoIterator<Item = AwsAccount>, roles: impl IntoIterator<Item = AwsRole>) -> Self {
        Self {
            roles: KnownRoles::new(roles),
            accounts: accounts.into_iter().map(|account| ((account.partition, account.id), account)).collect(),
        }
    }

    /// Every role, in the order in which they came.
    pub fn roles(&self) -> &[AwsRole] {
        &self.roles.roles
    }
}

impl Catalogue for KnownAws {
    fn role(&self, arn: &RoleArn) -> Option<&AwsRole> {
        self.roles.role(arn)
    }

    fn named(&self, partition: Partition, account: AccountId, name: &RoleName) -> Vec<&AwsRole> {
        self.roles.named(partition, account, name)
    }

    fn account(&self, partition: Partition, id: AccountId) -> Option<&AwsAccount> {
        self.accounts.get(&(partition, id))
    }
}
