//! What the settings have read: bases, without those that lie in another, and filters.

use domain::directory::{DirectoryStep, Dn};
use ports::directory::DirectoryResult;

use crate::{connection::Search, failure, session::LdapSession};

/// What the entries of a scope are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    People,
    Groups,
}

/// One base with its filter.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    pub(crate) what: What,
    pub(crate) base: String,
    pub(crate) dn: Dn,
    pub(crate) filter: String,
    attributes: Vec<String>,
}

impl Scope {
    /// A search of it with this filter.
    pub(crate) fn search(&self, filter: &str) -> Search {
        Search::below(&self.base, filter, &[]).asking(&self.attributes)
    }
}

/// All of them, people first.
pub(crate) fn of(session: &LdapSession) -> DirectoryResult<Vec<Scope>> {
    let (people, groups) = (&session.settings.people, &session.settings.groups);
    let attributes = session.schema.person_attributes.clone();
    let mut scopes = those(What::People, &people.bases, &people.filter, &attributes)?;
    scopes.extend(those(What::Groups, &groups.bases, &groups.filter, &session.schema.whole_group())?);
    Ok(scopes)
}

/// The scopes of people, or of groups.
pub(crate) fn those(what: What, bases: &[String], filter: &str, attributes: &[String]) -> DirectoryResult<Vec<Scope>> {
    let name = if what == What::People { "the filter of people" } else { "the filter of groups" };
    failure::check_filter(name, filter)?;
    if bases.is_empty() {
        return Err(failure::no_base(what == What::People));
    }
    let mut scopes: Vec<Scope> = Vec::new();
    for base in bases {
        let dn = failure::check_dn(DirectoryStep::Base, base)?;
        if scopes.iter().any(|known| dn.is_within(&known.dn)) {
            continue;
        }
        scopes.retain(|known| !known.dn.is_within(&dn));
        scopes.push(Scope { what, base: base.clone(), dn, filter: filter.to_owned(), attributes: attributes.to_vec() });
    }
    Ok(scopes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_within_another_is_not_read_twice() {
        let bases = ["ou=a,dc=x", "OU=b,ou=a,dc=x", "dc=y", "ou=c,dc=y"].map(str::to_owned);
        let scopes = those(What::People, &bases, "(cn=*)", &[]).unwrap();
        let bases: Vec<&str> = scopes.iter().map(|scope| scope.base.as_str()).collect();
        assert_eq!(bases, ["ou=a,dc=x", "dc=y"]);
        let turned = those(What::People, &["ou=a,dc=x".to_owned(), "dc=x".to_owned()], "(cn=*)", &[]).unwrap();
        assert_eq!(turned.len(), 1);
        assert_eq!(those(What::Groups, &["x".to_owned()], "(cn=*)", &[]).unwrap_err().code, "invalidDNSyntax");
        assert_eq!(those(What::Groups, &["dc=x".to_owned()], "cn", &[]).unwrap_err().code, "FILTER");
    }
}
