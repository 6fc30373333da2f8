//! Why role groups may give nothing although they are there: group mapping is off, reads other names or other sources, or
//! imports do not reach the OU. Nothing of it stops a push.

use domain::{App, directory::Dn};
use entitlement::mapping::{Admission, Mapping, NameReading, Sources};

use super::{
    target::{Opened, Place},
    wanted::{Naming, WantedGroup},
};
use crate::{error::Result, services::Services};

/// Names that are looked at in one go: others have their turn between.
const GROUPS_AT_ONCE: usize = 500;

/// Something that is probably not meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// `mapping_off`, `name_not_read`, `name_makes_another_role`, `source_not_admitted`, `ou_not_imported`.
    pub code: &'static str,
    /// One sentence.
    pub what: String,
    /// What to do about it.
    pub fix: String,
}

pub(super) async fn notes(
    services: &Services,
    app: &App,
    naming: &Naming,
    wanted: &[WantedGroup],
    place: &Place,
) -> Result<Vec<Note>> {
    let mut notes = Vec::new();
    if !app.settings.use_group_mapping {
        notes.push(Note {
            code: "mapping_off",
            what: format!("`{}` does not map groups to roles: role groups give nothing", app.label),
            fix: "set `useGroupMapping` to `true` once the groups are there".to_owned(),
        });
    }
    if let Ok(mapping) = Mapping::compile(&app.settings) {
        let sources = Sources::new(&services.store.directories().await?);
        notes.extend(unread(&mapping, naming, wanted).await);
        notes.extend(not_admitted(&mapping, &sources, place));
    }
    if let Place::Directory(opened) = place {
        notes.extend(not_imported(opened));
    }
    Ok(notes)
}

/// Names that do not become their roles by the app's settings.
async fn unread(mapping: &Mapping, naming: &Naming, wanted: &[WantedGroup]) -> Vec<Note> {
    let (mut not_read, mut another_role) = (Vec::new(), Vec::new());
    for some in wanted.chunks(GROUPS_AT_ONCE) {
        for group in some {
            match becomes(mapping, group) {
                Becomes::ItsRole => {}
                Becomes::AnotherRole => another_role.push(group),
                Becomes::Nothing => not_read.push(group),
            }
        }
        tokio::task::yield_now().await;
    }
    let filter = naming.name.group_filter();
    let not_read = of_all(&not_read, "name_not_read", |group| {
        (
            format!("the app's `groupFilter` does not read `{}`", group.name),
            format!("set `groupFilter` to `{filter}`, or change the template"),
        )
    });
    let another_role = of_all(&another_role, "name_makes_another_role", |group| {
        (
            format!("by the app's `roleValuePattern`, `{}` does not become `{}`", group.name, group.role),
            "change the pattern; roles of several partitions need the partition in the name, or an app for each"
                .to_owned(),
        )
    });
    not_read.into_iter().chain(another_role).collect()
}

/// One note for all of these groups, with the first as the example.
fn of_all(
    groups: &[&WantedGroup],
    code: &'static str,
    words: impl FnOnce(&WantedGroup) -> (String, String),
) -> Option<Note> {
    let (first, others) = groups.split_first()?;
    let (what, fix) = words(first);
    let more = if others.is_empty() { String::new() } else { format!("; so it is with {} others", others.len()) };
    let try_it = format!("`rolegate mapping test --sample '{}'` shows what becomes of a name", first.name);
    Some(Note { code, what: format!("{what}{more}"), fix: format!("{fix}; {try_it}") })
}

enum Becomes {
    ItsRole,
    AnotherRole,
    Nothing,
}

/// A path is filled in when the role is looked up.
fn becomes(mapping: &Mapping, group: &WantedGroup) -> Becomes {
    let NameReading::Match(parts) = mapping.filter.read(&group.name) else { return Becomes::Nothing };
    let wanted = &group.role;
    match mapping.pattern.role_value(&parts).map(|value| value.role) {
        Ok(made)
            if (made.partition(), made.account(), made.name())
                == (wanted.partition(), wanted.account(), wanted.name()) =>
        {
            Becomes::ItsRole
        }
        _ => Becomes::AnotherRole,
    }
}

fn not_admitted(mapping: &Mapping, sources: &Sources, place: &Place) -> Option<Note> {
    let groups = place.source();
    let source = sources.of(&groups)?;
    (mapping.sources.admits(source) == Admission::NotNamed).then(|| Note {
        code: "source_not_admitted",
        what: format!("the app's `appFilter` does not name `{}`: groups from there give nothing", source.word()),
        fix: format!("name `{}` in `appFilter`", source.word()),
    })
}

fn not_imported(opened: &Opened) -> Option<Note> {
    let ou = Dn::parse(&opened.ou).ok()?;
    let bases = &opened.directory.groups.bases;
    let reached = bases.iter().any(|base| Dn::parse(base).is_ok_and(|base| ou.is_within(&base)));
    (!reached).then(|| Note {
        code: "ou_not_imported",
        what: format!("imports of `{}` read no groups below `{}`", opened.directory.name, opened.ou),
        fix: format!("write below {}, or add the OU to the directory's `groups.bases`", quoted(bases)),
    })
}

fn quoted(bases: &[String]) -> String {
    bases.iter().map(|base| format!("`{base}`")).collect::<Vec<_>>().join(" or ")
}
