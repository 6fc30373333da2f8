//! Roles that a link may have meant, when the one it names is not there.

use std::cmp::Reverse;

use domain::App;
use usecases::entitlements::Access;

use crate::pages::role_list::link;

/// A role to offer instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearMatch {
    /// `[alias] - role` or `account name - role`.
    pub label: String,
    /// ARN.
    pub arn: String,
    /// The link that launches it.
    pub link: String,
}

/// How many are offered.
const MOST: usize = 6;
/// Names less alike than this are not offered (0 to 1,000).
const ALIKE: u32 = 850;

/// The roles that come nearest to what a link names: the same name first, then names alike, those of the same account
/// before others.
pub fn matches(app: &App, access: &Access, account: &str, role: &str) -> Vec<NearMatch> {
    let asked = role.rsplit('/').next().unwrap_or(role).to_lowercase();
    let account: String = if account.is_empty() { account_of(role) } else { account.replace('-', "") };
    let mut scored: Vec<_> = access
        .launchable()
        .filter_map(|entitlement| {
            let name = entitlement.role.name().as_str().to_lowercase();
            let alike = likeness(&name, &asked);
            (alike >= ALIKE).then(|| {
                let same_account = entitlement.role.account().to_string() == account;
                (Reverse(alike), Reverse(same_account), entitlement)
            })
        })
        .collect();
    scored.sort_by_key(|(alike, same_account, _)| (*alike, *same_account));
    let rows = scored.into_iter().take(MOST).map(|(_, _, entitlement)| NearMatch {
        label: entitlement.account.role_label(&entitlement.role),
        arn: entitlement.role.to_string(),
        link: link(app, entitlement, true),
    });
    rows.collect()
}

fn account_of(role: &str) -> String {
    role.split(':').nth(4).unwrap_or_default().to_owned()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1,000")]
fn likeness(name: &str, asked: &str) -> u32 {
    if asked.len() > 200 || asked.is_empty() {
        return 0;
    }
    if name == asked {
        return 1_000;
    }
    if asked.len() > 2 && (name.contains(asked) || asked.contains(name)) {
        return 900;
    }
    (strsim::jaro_winkler(name, asked) * 999.0) as u32
}
