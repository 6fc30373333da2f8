//! What discovery knows, as the decision needs it: one role by its ARN, one account by its id.

use std::collections::HashMap;

use domain::{
    AccountId, Partition, RoleArn,
    aws::{AwsAccount, AwsRole},
};

/// Looks up what discovery found for one app. Implemented by caches and by [`KnownAws`].
pub trait Catalogue {
    /// The role, vanished ones too.
    fn role(&self, arn: &RoleArn) -> Option<&AwsRole>;
    /// The account, vanished ones too.
    fn account(&self, partition: Partition, id: AccountId) -> Option<&AwsAccount>;
}

/// A catalogue in memory: for one decision, or kept as long as nothing changes.
#[derive(Debug, Clone, Default)]
pub struct KnownAws {
    roles: HashMap<RoleArn, AwsRole>,
    accounts: HashMap<(Partition, AccountId), AwsAccount>,
}

impl KnownAws {
    /// Takes what a store answered; of duplicates the last counts.
    pub fn new(accounts: impl IntoIterator<Item = AwsAccount>, roles: impl IntoIterator<Item = AwsRole>) -> Self {
        Self {
            roles: roles.into_iter().map(|role| (role.arn.clone(), role)).collect(),
            accounts: accounts.into_iter().map(|account| ((account.partition, account.id), account)).collect(),
        }
    }
}

impl Catalogue for KnownAws {
    fn role(&self, arn: &RoleArn) -> Option<&AwsRole> {
        self.roles.get(arn)
    }

    fn account(&self, partition: Partition, id: AccountId) -> Option<&AwsAccount> {
        self.accounts.get(&(partition, id))
    }
}
