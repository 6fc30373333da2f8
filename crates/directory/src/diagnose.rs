//! "Test connection": every step an import takes, in order, until one fails; and some entries as they would be read.

use domain::directory::{DirectoryEntry, DirectoryError, DirectoryStep, Security, TestReport, TestStep};
use ports::directory::DirectoryResult;

use crate::{
    bases,
    connection::{LdapConnection, Search},
    entry::RawEntry,
    failure, hints,
    paged::{PageSize, Pages},
    read::{Scope, What, scopes},
    schema::members,
    session::{LdapSession, is_about_server},
};

/// Entries of each kind that are shown.
const SHOWN: usize = 5;
/// Members of a group that are shown.
const MEMBERS_SHOWN: usize = 100;

/// Goes through every step.
pub(crate) async fn test(session: &LdapSession) -> TestReport {
    let mut report = TestReport::default();
    if let Some(mut connection) = reach(session, &mut report).await {
        for what in [What::People, What::Groups] {
            if look_at(session, &mut connection, what, &mut report).await.is_none() {
                break;
            }
        }
    }
    report
}

/// Adds a step; nothing when it failed.
fn step<T>(report: &mut TestReport, name: &str, outcome: DirectoryResult<(T, String)>) -> Option<T> {
    let (ok, detail, hint, value) = match outcome {
        Ok((value, detail)) => (true, detail, None, Some(value)),
        Err(error) => (false, format!("{}: {}", error.code, error.message), Some(error.hint), None),
    };
    report.steps.push(TestStep { name: name.to_owned(), ok, detail, hint });
    value
}

/// Connects to the first server that works and binds there; what was wrong with those before it is told.
async fn reach(session: &LdapSession, report: &mut TestReport) -> Option<LdapConnection> {
    let servers = match session.servers() {
        Ok(servers) => servers,
        Err(error) => return step(report, "connect", Err(error)),
    };
    let mut failed: Vec<DirectoryError> = Vec::new();
    for (url, security) in servers {
        let mut connection = match session.open(&url, security).await {
            Ok(connection) => connection,
            Err(error) => {
                failed.push(error);
                continue;
            }
        };
        let bound = session.bind(&mut connection).await;
        if let Err(error) = &bound
            && is_about_server(error)
        {
            failed.push(error.clone());
            continue;
        }
        step(report, "connect", Ok(((), also(&format!("`{url}` answers"), &failed))));
        if security != Security::Plain {
            step(report, "certificate", Ok(((), connection.certificate().unwrap_or("trusted").to_owned())));
        }
        return step(report, "bind", bound.map(|()| (connection, reader(session))));
    }
    let error = failed.into_iter().next()?;
    let name = match error.step {
        DirectoryStep::Certificate => "certificate",
        DirectoryStep::Bind => "bind",
        _ => return step(report, "connect", Err(error)),
    };
    step(report, "connect", Ok(((), "the server answers".to_owned())));
    step(report, name, Err(error))
}

/// Who reads.
fn reader(session: &LdapSession) -> String {
    let anonymous = || "nobody: the directory is read anonymously".to_owned();
    session.settings.connection.bind_dn.as_ref().map_or_else(anonymous, |dn| format!("bound as `{dn}`"))
}

/// A detail, and the servers that do not work beside the one that does.
fn also(detail: &str, failed: &[DirectoryError]) -> String {
    failed.iter().fold(detail.to_owned(), |detail, error| format!("{detail}; {}: {}", error.code, error.message))
}

/// Base, filter and entries of people, or of groups.
async fn look_at(
    session: &LdapSession,
    connection: &mut LdapConnection,
    what: What,
    report: &mut TestReport,
) -> Option<()> {
    let (name, bases, filter, attributes) = match what {
        What::People => {
            let people = &session.settings.people;
            ("people", &people.bases, &people.filter, session.schema.person_attributes.clone())
        }
        What::Groups => {
            let groups = &session.settings.groups;
            ("groups", &groups.bases, &groups.filter, session.schema.whole_group())
        }
    };
    let there = check_bases(connection, what, bases).await;
    step(report, &format!("{name} base"), there)?;
    let checked = scopes::those(what, bases, filter, &attributes).map(|scopes| (scopes, format!("`{filter}`")));
    let scopes = step(report, &format!("{name} filter"), checked)?;
    let found = sample(session, connection, &scopes, name).await;
    let sample = step(report, name, found)?;
    report.sample.extend(sample);
    Some(())
}

async fn check_bases(connection: &mut LdapConnection, what: What, given: &[String]) -> DirectoryResult<((), String)> {
    if given.is_empty() {
        return Err(failure::no_base(what == What::People));
    }
    for base in given {
        bases::check(connection, base).await?;
    }
    Ok(((), given.iter().map(|base| format!("`{base}`")).collect::<Vec<_>>().join(", ")))
}

/// The first page of entries, counted; and the first few of it, read as an import reads them.
async fn sample(
    session: &LdapSession,
    connection: &mut LdapConnection,
    scopes: &[Scope],
    name: &str,
) -> DirectoryResult<(Vec<DirectoryEntry>, String)> {
    let mut found: Vec<(RawEntry, &Scope)> = Vec::new();
    let mut size = session.page_size();
    let mut more = false;
    for scope in scopes {
        let search = scope.search(&scope.filter).asking(&[String::from("1.1")]);
        let mut pages = Pages::new(DirectoryStep::Read, &search);
        let mut entries = Vec::new();
        pages.next(connection, &mut size, &mut entries).await?;
        more |= !pages.is_at_end();
        found.extend(entries.into_iter().map(|entry| (entry, scope)));
    }
    if found.is_empty() && name == "people" {
        let message = "the filter finds nobody below the base; an import would suspend everybody";
        return Err(DirectoryError::new(DirectoryStep::Read, "NO_ENTRIES", message, hints::no_entries()));
    }
    let mut shown = Vec::new();
    for (entry, scope) in found.iter().take(SHOWN) {
        let whole = Search { base: entry.shown_dn(), ..Search::of("", &[]) };
        let whole = connection.find(DirectoryStep::Read, &whole.asking(&scope.search("").attributes)).await?;
        shown.extend(whole.into_iter().map(|entry| as_read(session, scope.what, entry)));
    }
    Ok((shown, counted(name, found.len(), more, session.page_size(), size)))
}

fn counted(name: &str, count: usize, more: bool, asked: PageSize, allowed: PageSize) -> String {
    let found = match (count, more) {
        (0, _) => format!("no {name}: the filter finds none below the base"),
        (_, true) => format!("more than {count} {name}"),
        (_, false) => format!("{count} {name}"),
    };
    if allowed == asked {
        return found;
    }
    format!("{found}; the server allows pages of {} entries, not of {}", allowed.0, asked.0)
}

fn as_read(session: &LdapSession, what: What, mut entry: RawEntry) -> DirectoryEntry {
    let read = match what {
        What::People => {
            session.schema.person(&entry, session.now()).map(|person| DirectoryEntry::Person(Box::new(person)))
        }
        What::Groups => {
            let (mut members, _) = members::take(&mut entry, session.schema.member_attributes());
            members.truncate(MEMBERS_SHOWN);
            session.schema.group(&entry, members).map(|group| DirectoryEntry::Group(Box::new(group)))
        }
    };
    read.unwrap_or_else(DirectoryEntry::Problem)
}
