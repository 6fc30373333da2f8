//! Writes role groups: makes, describes and removes them below one OU. Nobody is ever put into a group or taken out.
//!
//! `OpenLDAP`'s groups need a member: a new one names itself, which grants nobody anything. What is asked for and is so
//! already is done.

use domain::{
    DirectoryKind,
    directory::{DirectoryError, DirectoryStep, Dn, EntryKey, sam_account_name},
};
use ldap3::LdapResult;
use ports::directory::{DirectoryResult, ExistingGroup, GroupChange};

use crate::{
    bases,
    connection::{LdapConnection, Search},
    entry::RawEntry,
    failure, hints,
    paged::Pages,
    schema::members,
    session::LdapSession,
};

/// The longest description, in characters: Active Directory's limit.
const LONGEST_DESCRIPTION: usize = 1_024;
/// The longest `cn` of Active Directory, in characters.
const LONGEST_CN: usize = 64;
/// A global security group ([MS-ADTS] 2.2.12).
const GLOBAL_SECURITY_GROUP: &str = "-2147483646";

fn refuse(code: &str, message: &str, hint: impl Into<String>) -> DirectoryError {
    DirectoryError::new(DirectoryStep::Write, code, message, hint)
}

/// The groups directly in or below an OU.
pub(crate) async fn list(session: &LdapSession, ou: &str) -> DirectoryResult<Vec<ExistingGroup>> {
    let mut connection = session.connect().await?;
    bases::check(&mut connection, ou).await?;
    let search = Search::below(ou, session.settings.kind.group_filter(), &[]).asking(&session.schema.whole_group());
    let mut size = session.page_size();
    let mut entries = Vec::new();
    let mut pages = Pages::new(DirectoryStep::Read, &search);
    while pages.next(&mut connection, &mut size, &mut entries).await? {}
    Ok(entries.into_iter().filter_map(|entry| existing(session, entry)).collect())
}

/// A group without a name that can be read is none of ours.
fn existing(session: &LdapSession, mut entry: RawEntry) -> Option<ExistingGroup> {
    let (members, unreadable) = members::take(&mut entry, session.schema.member_attributes());
    let group = session.schema.group(&entry, Vec::new()).ok()?;
    let own = EntryKey::of_dn(&group.dn);
    let has_members = unreadable > 0 || members.iter().any(|member| *member != own);
    Some(ExistingGroup { dn: group.dn, name: group.name, description: group.description, has_members })
}

/// Makes the changes one after the other.
pub(crate) async fn change(
    session: &LdapSession,
    ou: &str,
    changes: &[GroupChange],
) -> DirectoryResult<Vec<DirectoryResult<()>>> {
    let mut connection = session.connect().await?;
    let ou_dn = bases::check(&mut connection, ou).await?;
    let mut answers = Vec::new();
    for change in changes {
        let mut writer = Writer { session, connection: &mut connection, ou: &ou_dn };
        let answer = writer.make(change).await;
        let lost = answer
            .as_ref()
            .is_err_and(|error| matches!(error.code.as_str(), "TIMEOUT" | "CONNECTION_LOST" | "BAD_ANSWER"));
        answers.push(answer);
        if lost {
            // Whether the change was made is not known; the next one finds out what there is on a connection that works.
            connection = session.connect().await?;
        }
    }
    Ok(answers)
}

struct Writer<'change> {
    session: &'change LdapSession,
    connection: &'change mut LdapConnection,
    ou: &'change Dn,
}

impl Writer<'_> {
    async fn make(&mut self, change: &GroupChange) -> DirectoryResult<()> {
        match change {
            GroupChange::Create { name, description } => self.create(name, description).await,
            GroupChange::Describe { dn, description } => self.describe(dn, description).await,
            GroupChange::Delete { dn } => self.delete(dn).await,
        }
    }

    async fn create(&mut self, name: &str, description: &str) -> DirectoryResult<()> {
        if name.trim().is_empty() || name.trim() != name || name.contains(char::is_control) {
            return Err(refuse(
                "NAME_INVALID",
                &format!("`{name}` cannot be the name of a group"),
                hints::group_name(),
            ));
        }
        check_description(description)?;
        let cn = self.cn(name)?;
        let dn = self.ou.child("cn", &cn).to_string();
        let attributes = self.attributes(name, &cn, description, &dn);
        let attributes: Vec<(&str, &str)> =
            attributes.iter().map(|(attribute, value)| (*attribute, value.as_str())).collect();
        let result = self.connection.add(&dn, &attributes).await?;
        match result.rc {
            0 => Ok(()),
            68 => match self.group_at(&dn).await? {
                Some(group) if group.name == name && group.description == description => Ok(()),
                Some(_) => Err(refuse(
                    "entryAlreadyExists",
                    &format!("`{dn}` is there with another description"),
                    hints::describe_it(),
                )),
                None => Err(self.name_taken(&result, &dn)),
            },
            _ => Err(failure::of_result(DirectoryStep::Write, self.connection.url(), &result, Some(&dn))),
        }
    }

    /// The server says that the group exists, and it is not there: something else has one of its names.
    fn name_taken(&self, result: &LdapResult, dn: &str) -> DirectoryError {
        let error = failure::of_result(DirectoryStep::Write, self.connection.url(), result, Some(dn));
        match self.session.settings.kind {
            DirectoryKind::ActiveDirectory => DirectoryError { hint: hints::account_name_taken(), ..error },
            DirectoryKind::OpenLdap => error,
        }
    }

    /// The entry's own name. Active Directory allows fewer characters in it than a role group may need.
    fn cn(&self, name: &str) -> DirectoryResult<String> {
        if self.session.settings.kind == DirectoryKind::OpenLdap || name.chars().count() <= LONGEST_CN {
            return Ok(name.to_owned());
        }
        if self.session.settings.groups.name.eq_ignore_ascii_case("cn") {
            let message =
                format!("`{name}` has more than the {LONGEST_CN} characters that Active Directory allows in `cn`");
            return Err(refuse("NAME_TOO_LONG", &message, hints::name_too_long()));
        }
        // As unique as the account's name, which ends in digits that follow from the whole.
        let account = sam_account_name(&format!("{name} "));
        let tail = account.rsplit_once('-').map(|(_, digits)| digits.to_owned()).unwrap_or_default();
        let head: String = name.chars().take(LONGEST_CN - 9).collect();
        Ok(format!("{}-{tail}", head.trim_end()))
    }

    fn attributes(&self, name: &str, cn: &str, description: &str, dn: &str) -> Vec<(&'static str, String)> {
        let settings = &self.session.settings;
        let mut attributes = match settings.kind {
            DirectoryKind::ActiveDirectory => vec![
                ("objectClass", "group".to_owned()),
                ("sAMAccountName", sam_account_name(name)),
                ("displayName", name.to_owned()),
                ("groupType", GLOBAL_SECURITY_GROUP.to_owned()),
            ],
            DirectoryKind::OpenLdap if wants_unique_names(&settings.groups.filter) => {
                vec![("objectClass", "groupOfUniqueNames".to_owned()), ("uniqueMember", dn.to_owned())]
            }
            DirectoryKind::OpenLdap => vec![("objectClass", "groupOfNames".to_owned()), ("member", dn.to_owned())],
        };
        attributes.push(("cn", cn.to_owned()));
        if !description.is_empty() {
            attributes.push(("description", description.to_owned()));
        }
        attributes
    }

    async fn describe(&mut self, dn: &str, description: &str) -> DirectoryResult<()> {
        self.check_place(dn)?;
        check_description(description)?;
        if self.group_at(dn).await?.is_none() {
            return Err(refuse("noSuchObject", &format!("`{dn}` is no group, or not there"), hints::look_again()));
        }
        let attribute = self.session.settings.groups.description.clone();
        let result = self.connection.replace(dn, &attribute, description).await?;
        match result.rc {
            0 => Ok(()),
            _ => Err(failure::of_result(DirectoryStep::Write, self.connection.url(), &result, Some(dn))),
        }
    }

    async fn delete(&mut self, dn: &str) -> DirectoryResult<()> {
        self.check_place(dn)?;
        let (found, end) = self.connection.find_and_end(DirectoryStep::Write, &Search::of(dn, &["1.1"])).await?;
        if end.rc == 32 {
            return Ok(());
        }
        if !found.is_empty() && self.group_at(dn).await?.is_none() {
            return Err(refuse("NO_GROUP", &format!("`{dn}` is no group"), hints::look_again()));
        }
        let result = self.connection.delete(dn).await?;
        match result.rc {
            0 | 32 => Ok(()),
            _ => Err(failure::of_result(DirectoryStep::Write, self.connection.url(), &result, Some(dn))),
        }
    }

    /// Only what is below the OU is touched.
    fn check_place(&self, dn: &str) -> DirectoryResult<()> {
        let name = failure::check_dn(DirectoryStep::Write, dn)?;
        if name.is_within(self.ou) && name.depth() > self.ou.depth() {
            return Ok(());
        }
        Err(refuse("OUTSIDE_OU", &format!("`{dn}` is not below `{}`", self.ou), hints::look_again()))
    }

    /// The group with this name, if it is one.
    async fn group_at(&mut self, dn: &str) -> DirectoryResult<Option<ExistingGroup>> {
        let filter = self.session.settings.kind.group_filter();
        let search =
            Search { filter: filter.to_owned(), ..Search::of(dn, &[]) }.asking(&self.session.schema.group_attributes);
        let (found, end) = self.connection.find_and_end(DirectoryStep::Write, &search).await?;
        match end.rc {
            0 => Ok(found.into_iter().next().and_then(|entry| existing(self.session, entry))),
            32 => Ok(None),
            _ => Err(failure::of_result(DirectoryStep::Write, self.connection.url(), &end, Some(dn))),
        }
    }
}

fn check_description(description: &str) -> DirectoryResult<()> {
    if description.chars().count() <= LONGEST_DESCRIPTION {
        return Ok(());
    }
    let message = format!("the description has more than {LONGEST_DESCRIPTION} characters");
    Err(refuse("DESCRIPTION_TOO_LONG", &message, hints::description_too_long()))
}

/// Whether an import would tell groups of the one kind and not of the other.
fn wants_unique_names(filter: &str) -> bool {
    let filter = filter.to_ascii_lowercase();
    filter.contains("groupofuniquenames") && !filter.contains("groupofnames")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_group_follows_the_filter() {
        assert!(wants_unique_names("(objectClass=groupOfUniqueNames)"));
        assert!(!wants_unique_names("(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames))"));
        assert!(!wants_unique_names("(cn=aws#*)"));
    }

    #[test]
    fn a_description_has_a_limit() {
        assert_eq!(check_description(&"ä".repeat(1_024)), Ok(()));
        assert_eq!(check_description(&"ä".repeat(1_025)).unwrap_err().code, "DESCRIPTION_TOO_LONG");
    }
}
