//! The sample company's directory: `OpenLDAP` with 200 people, management groups and role groups, imported at the start,
//! and an app whose roles follow from its groups alone.
//!
//! It needs Debian's or Ubuntu's `slapd`; where that is missing, the demo runs without a directory and says so.

mod company;
mod slapd;

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use domain::{
    AccountId, App, DirectoryId, Group, GroupSource, Secret,
    aws::Trust,
    directory::{
        Connection, DirectoryKind, DirectoryStatus, GroupSettings, ImportKind, ImportSchedule, ImportStatus,
        ImportTrigger, MatchBy, Matching, PAGE_SIZE, PeopleSettings, PersonAttributes, Reach, TIMEOUT_SECONDS,
    },
};
use ports::PageRequest;
use usecases::{
    Caller, Services,
    assign_groups::{self, GroupAssignmentProfile},
    import_directory::{self, Request},
    list_roles::{self, RoleFilter},
    manage_directories::{self, BindPassword, DirectorySettings},
    manage_groups,
};

pub use company::{PASSWORD, SUFFIX, people_to_try};
pub use slapd::{ADMINISTRATOR_PASSWORD, Slapd, administrator};

/// What an app's `appFilter` names.
pub const NAME: &str = "corp";

/// The directory as the demo has filled it.
pub struct Filled {
    /// The server.
    pub slapd: Slapd,
    /// Its id.
    pub id: DirectoryId,
    /// People who were imported.
    pub people: u64,
    /// Groups that were imported.
    pub groups: u64,
}

/// Whether it can be started here.
pub fn is_installed() -> bool {
    slapd::program().is_some()
}

/// Starts the directory with role groups for the roles that `app` may enter, connects it, imports everything, and gives
/// `app` to everybody in it.
///
/// # Errors
/// When it does not come up, a use case refuses, or the import fails.
pub async fn fill(services: &Arc<Services>, app: &App, folder: &Path) -> Result<Filled> {
    let caller = Caller::system();
    let slapd = Slapd::start(&folder.join("directory"), &company_of(services, &caller, app).await?).await?;
    let id = connect(services, &caller, &slapd).await?;
    let (people, groups) = import(services, &caller, &id).await?;
    let page = PageRequest { after: None, limit: 10 };
    let named = |group: &Group| {
        group.name == company::EVERYBODY && matches!(&group.source, GroupSource::Directory { id: of, .. } if *of == id)
    };
    let found = manage_groups::list(services, &caller, Some(company::EVERYBODY), &page, &named).await?.items;
    let everybody = found.first().with_context(|| format!("no group `{}` was imported", company::EVERYBODY))?;
    let no_roles = GroupAssignmentProfile::saml_roles(Vec::<String>::new());
    assign_groups::put(services, &caller, &app.id, &everybody.id, no_roles).await?;
    Ok(Filled { slapd, id, people, groups })
}

async fn company_of(services: &Services, caller: &Caller, app: &App) -> Result<String> {
    let accounts = list_roles::accounts(services, caller, &app.id).await?;
    let aliases: BTreeMap<AccountId, String> =
        accounts.into_iter().filter_map(|account| Some((account.id, account.alias?))).collect();
    let filter = RoleFilter { trust: Some(Trust::Allowed), ..RoleFilter::default() };
    let page = PageRequest { after: None, limit: 1_000 };
    let roles = list_roles::roles(services, caller, &app.id, &filter, &page).await?.items;
    Ok(company::ldif(&aliases, &roles))
}

async fn connect(services: &Services, caller: &Caller, slapd: &Slapd) -> Result<DirectoryId> {
    let password = BindPassword::Give(Secret::from(company::READER_PASSWORD));
    let known = manage_directories::list(services, caller).await?;
    let known = known.into_iter().find(|known| known.directory.name == NAME);
    let made = match known {
        Some(known) => {
            manage_directories::replace(services, caller, &known.directory.id, settings(slapd), password).await?
        }
        None => {
            manage_directories::create(services, caller, settings(slapd), password, DirectoryStatus::Active).await?
        }
    };
    Ok(made.directory.id)
}

fn settings(slapd: &Slapd) -> DirectorySettings {
    let kind = DirectoryKind::OpenLdap;
    DirectorySettings {
        name: NAME.to_owned(),
        kind,
        reach: Reach::Direct,
        connection: Connection {
            urls: vec![slapd.url()],
            start_tls: false,
            ca_pem: None,
            bind_dn: Some(company::reader()),
            timeout_seconds: TIMEOUT_SECONDS,
            page_size: PAGE_SIZE,
        },
        people: PeopleSettings {
            bases: vec![company::people_base()],
            filter: kind.people_filter().to_owned(),
            attributes: PersonAttributes {
                further: BTreeMap::from([("department".to_owned(), "departmentNumber".to_owned())]),
                ..kind.person_attributes()
            },
        },
        groups: GroupSettings {
            bases: vec![company::groups_base()],
            filter: kind.group_filter().to_owned(),
            name: kind.group_name().to_owned(),
            description: kind.group_description().to_owned(),
        },
        delegated_authentication: true,
        just_in_time: true,
        schedule: ImportSchedule { incremental_seconds: Some(60), full_seconds: Some(86_400) },
        safeguard_percent: 20,
        matching: Matching { by: vec![MatchBy::Login], confirm_automatically: true },
    }
}

/// Imports everything and waits for the end; answers how many people and groups there are.
async fn import(services: &Arc<Services>, caller: &Caller, id: &DirectoryId) -> Result<(u64, u64)> {
    let request = Request { kind: ImportKind::Full, dry_run: false, trigger: ImportTrigger::Request };
    let run = import_directory::start(services, caller, id, request).await?.run().id.clone();
    for _ in 0..600 {
        let run = import_directory::run(services, caller, id, &run).await?;
        match run.status {
            ImportStatus::Pending | ImportStatus::Running => tokio::time::sleep(Duration::from_millis(50)).await,
            ImportStatus::Succeeded => return Ok((run.progress.people_read, run.progress.groups_read)),
            ImportStatus::Held => bail!(
                "the import of the directory waits for a decision: `rolegate directory release {NAME}` against the \
                 running demo, or begin with an empty --data folder"
            ),
            ImportStatus::Failed => bail!("the import of the directory failed: {:?}", run.error),
        }
    }
    bail!("importing the directory did not end within half a minute")
}
