//! Role groups and their management groups from a CSV file: local groups are made, and management groups (local ones, or
//! those of a directory) are put into them. All of it in one transaction; what a row cannot do stops the whole file, and
//! every such row is named.
//!
//! A management group is never made by being named: a slip of the pen would be a group without people. It has to be there,
//! or have a row of its own.

mod plan;
mod rows;

use domain::AppId;
use ports::UnitOfWork;

use self::plan::{Plan, Step};
use crate::{
    caller::Caller,
    error::{Error, Mistake, Result},
    group_rules, list_roles,
    manage_groups::{self, GroupProfile},
    services::Services,
};

pub use rows::LARGEST;

/// Mistakes that are told at once.
const MISTAKES: usize = 20;

/// What a file does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CsvImport {
    /// Names of groups that are made.
    pub created: Vec<String>,
    /// Names of groups whose description changes.
    pub described: Vec<String>,
    /// Management group, and the role group that it is put into.
    pub linked: Vec<(String, String)>,
    /// Rows that change nothing.
    pub unchanged: usize,
}

/// Reads the file and does what it says, or only says what it would do.
///
/// # Errors
/// `Forbidden`, `NotFound`; `Fields` with the lines for a file that is not CSV, a name that is none, or one that no group or several
/// have.
pub async fn import(
    services: &Services,
    caller: &Caller,
    app: &AppId,
    file: &[u8],
    dry_run: bool,
) -> Result<CsvImport> {
    caller.must_manage()?;
    list_roles::app(services, caller, app).await?;
    let rows = rows::read(file)?;
    // While the transaction is open, nobody else writes.
    let mut unit = services.store.begin().await?;
    let plan = Plan::make(services, &rows).await?;
    let does = plan.says();
    if !dry_run && !plan.steps.is_empty() {
        carry_out(services, caller, &mut *unit, plan).await?;
        unit.commit().await?;
        group_rules::apply_if_groups_matter(services).await?;
    }
    Ok(does)
}

async fn carry_out(services: &Services, caller: &Caller, unit: &mut dyn UnitOfWork, plan: Plan) -> Result<()> {
    let Plan { steps, mut groups, .. } = plan;
    for step in steps {
        match step {
            Step::Create { group, description } => {
                let profile = GroupProfile { name: groups.name(group).to_owned(), description };
                groups.made(group, manage_groups::insert(services, caller, unit, profile).await?);
            }
            Step::Describe { group, description } => {
                let known = groups.known(group)?.clone();
                let profile = GroupProfile { name: known.name.clone(), description };
                manage_groups::rewrite(services, caller, unit, known, profile).await?;
            }
            Step::Link { child, parent } => {
                let (child, parent) = (groups.known(child)?, groups.known(parent)?);
                manage_groups::put_into(services, caller, unit, child, parent).await?;
            }
        }
    }
    Ok(())
}

/// Mistakes by line; as many as somebody wants to read at once.
#[derive(Default)]
struct Mistakes(Vec<Mistake>);

impl Mistakes {
    fn add(&mut self, line: u64, cause: impl Into<String>) {
        if self.0.len() < MISTAKES {
            self.0.push(Mistake { field: format!("line {line}"), cause: cause.into() });
        }
    }

    fn or<T>(self, value: T) -> Result<T> {
        if self.0.is_empty() { Ok(value) } else { Err(Error::Fields(self.0)) }
    }
}
