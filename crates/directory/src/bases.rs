//! Whether a base is there; and when it is not, what is nearest to it.

use domain::directory::{DirectoryError, DirectoryStep, Dn};
use ports::directory::DirectoryResult;

use crate::{
    connection::{LdapConnection, Search},
    failure, hints,
};

/// Fails when the entry is not there, or not shown to the bind account.
pub(crate) async fn check(connection: &mut LdapConnection, base: &str) -> DirectoryResult<Dn> {
    let dn = failure::check_dn(DirectoryStep::Base, base)?;
    let (found, mut end) = connection.find_and_end(DirectoryStep::Base, &Search::of(base, &["1.1"])).await?;
    match end.rc {
        0 if found.is_empty() => {
            let message = format!("`{base}` is not shown to the bind account");
            Err(DirectoryError::new(DirectoryStep::Base, "noSuchObject", &message, hints::not_shown()))
        }
        0 => Ok(dn),
        _ => {
            if end.rc == 32 && end.matched.is_empty() {
                end.matched = nearest(connection, &dn).await?;
            }
            Err(failure::of_result(DirectoryStep::Base, connection.url(), &end, Some(base)))
        }
    }
}

/// The nearest entry above that is there, for servers that do not say it (RFC 4511 §4.1.9); empty when none is seen.
async fn nearest(connection: &mut LdapConnection, dn: &Dn) -> DirectoryResult<String> {
    let mut above = dn.parent();
    while let Some(parent) = above.filter(|parent| parent.depth() > 0) {
        let name = parent.to_string();
        let (found, _) = connection.find_and_end(DirectoryStep::Base, &Search::of(&name, &["1.1"])).await?;
        if !found.is_empty() {
            return Ok(name);
        }
        above = parent.parent();
    }
    Ok(String::new())
}
