//! Whether somebody has a login or an e-mail address already, and may be the person who comes.

use std::collections::HashSet;

use domain::{User, UserStatus};
use ports::{PageRequest, Store, UserFilter};

use crate::{directory_entry::TakenPerson, error::Result, services::Services};

/// As many users are known by heart; beyond, the store is asked about each batch.
const BY_HEART: usize = 5_000;
const PAGE: u32 = 1_000;

/// Who was there when the reading began.
pub(super) struct Called {
    /// Every name, in lower case, if there are few.
    all: Option<HashSet<String>>,
}

impl Called {
    /// `many`: many will come.
    pub(super) async fn read(services: &Services, many: bool) -> Result<Self> {
        if !many {
            return Ok(Self { all: None });
        }
        let everybody = UserFilter { statuses: UserStatus::ALL.to_vec(), ..UserFilter::default() };
        let mut page = PageRequest { after: None, limit: PAGE };
        let (mut all, mut count) = (HashSet::new(), 0);
        loop {
            let users = services.store.users(&everybody, &page).await?;
            count += users.items.len();
            if count > BY_HEART {
                return Ok(Self { all: None });
            }
            all.extend(users.items.iter().flat_map(names));
            page.after = users.next;
            if page.after.is_none() {
                return Ok(Self { all: Some(all) });
            }
        }
    }

    /// Those of these people who have a name that somebody has.
    pub(super) async fn among(&self, store: &dyn Store, people: &[&TakenPerson]) -> Result<Vec<bool>> {
        let is_known = |all: &HashSet<String>| people.iter().map(|taken| has_name_of(all, taken)).collect();
        if let Some(all) = &self.all {
            return Ok(is_known(all));
        }
        let logins: Vec<String> = people.iter().map(|taken| taken.login.to_string()).collect();
        let emails: Vec<String> = people.iter().map(|taken| taken.email.to_string()).collect();
        let users = store.users_called(&logins, &emails).await?;
        Ok(is_known(&users.iter().flat_map(names).collect()))
    }
}

fn names(user: &User) -> [String; 2] {
    [user.profile.login.as_str(), user.profile.email.as_str()].map(str::to_lowercase)
}

fn has_name_of(names: &HashSet<String>, taken: &TakenPerson) -> bool {
    [taken.login.as_str(), taken.email.as_str()].iter().any(|name| names.contains(&name.to_lowercase()))
}
