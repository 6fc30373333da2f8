//! What a directory of each kind is read by when nothing else is said.

use std::collections::BTreeMap;

use super::{DirectoryKind, PersonAttributes};
use crate::time::Seconds;

/// Limit for connecting and for each answer.
pub const TIMEOUT_SECONDS: Seconds = 10;
/// Entries of one page; below the limit of 1,000 that Active Directory and many an OpenLDAP set.
pub const PAGE_SIZE: u32 = 500;

impl DirectoryKind {
    /// Which entries are people. Active Directory's leaves computers, contacts and service accounts with passwords of their
    /// own out: 805306368 is an ordinary user account.
    pub const fn people_filter(self) -> &'static str {
        match self {
            Self::OpenLdap => "(objectClass=inetOrgPerson)",
            Self::ActiveDirectory => "(&(objectCategory=person)(objectClass=user)(sAMAccountType=805306368))",
        }
    }

    /// Which entries are groups.
    pub const fn group_filter(self) -> &'static str {
        match self {
            Self::OpenLdap => "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup))",
            Self::ActiveDirectory => "(objectCategory=group)",
        }
    }

    /// Which attributes make the profile.
    pub fn person_attributes(self) -> PersonAttributes {
        let login = match self {
            Self::OpenLdap => "mail",
            Self::ActiveDirectory => "userPrincipalName",
        };
        PersonAttributes {
            login: login.to_owned(),
            email: "mail".to_owned(),
            first_name: "givenName".to_owned(),
            last_name: "sn".to_owned(),
            further: BTreeMap::new(),
        }
    }

    /// The attribute that names a group.
    pub const fn group_name(self) -> &'static str {
        "cn"
    }

    /// The attribute that describes a group.
    pub const fn group_description(self) -> &'static str {
        "description"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::filter;

    #[test]
    fn the_filters_are_filters() {
        for kind in [DirectoryKind::OpenLdap, DirectoryKind::ActiveDirectory] {
            assert_eq!(filter::check(kind.people_filter()), Ok(()));
            assert_eq!(filter::check(kind.group_filter()), Ok(()));
        }
    }
}
