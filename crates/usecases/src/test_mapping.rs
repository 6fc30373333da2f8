//! Tries settings of group mapping on the groups and people that are there, before anybody saves them: what matches, what
//! nearly does and why, what is probably not meant, and who would gain and lose which roles.

mod people;
mod world;

use std::collections::BTreeMap;

use domain::{App, AppId, AwsAppSettings, RoleArn, User, UserId};
use entitlement::{
    Entitlement,
    mapping::{Diagnosis, GroupOutcome, Lint, Mapping, MappingError, MissCode, lint},
};

use crate::{
    caller::Caller,
    error::{Error, Result},
    manage_apps::existing,
    rejudge_trust::asks_another_question,
    services::Services,
};
use people::People;
use world::{Setting, World};

/// Names that may be made up for one trial.
const MAX_SAMPLES: usize = 1_000;

/// What is tried.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The settings of the app as they would be.
    pub settings: AwsAppSettings,
    /// Names of groups that need not be there.
    pub sample_groups: Vec<String>,
    /// One person instead of all.
    pub user: Option<UserId>,
    /// Entries of each list, 1 to 1,000.
    pub limit: usize,
    /// The person after whom the list of people begins.
    pub after: Option<UserId>,
}

/// What was found. Lists hold the first entries only, `totals` counts all.
#[derive(Debug, Default)]
pub struct Tested {
    /// What is wrong with the settings; nothing else is looked at then.
    pub errors: Vec<MappingError>,
    /// How much of everything there is.
    pub totals: Totals,
    /// Groups that make a role, by name.
    pub matches: Vec<GroupOutcome>,
    /// Groups that give nothing, or nothing certain, and were probably meant to, by name.
    pub near_misses: Vec<GroupOutcome>,
    /// What became of the names that were made up, in their order.
    pub samples: Vec<GroupOutcome>,
    /// What is probably not meant.
    pub lint: Vec<Lint>,
    /// People who gain or lose something, by id.
    pub people: Vec<PersonChange>,
    /// Where the list of people goes on.
    pub next: Option<UserId>,
    /// What the one person has now and would have.
    pub person: Option<PersonRoles>,
}

/// How much there is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Groups that were looked at.
    pub groups: usize,
    /// Those that make a role.
    pub matches: usize,
    /// Those that nearly do.
    pub near_misses: usize,
    /// The same by code.
    pub near_misses_by_code: BTreeMap<MissCode, usize>,
    /// Active people who were looked at.
    pub people: usize,
    /// Those who gain a role.
    pub people_gaining: usize,
    /// Those who lose one.
    pub people_losing: usize,
    /// Roles gained, over all people.
    pub roles_gained: usize,
    /// Roles lost, over all people.
    pub roles_lost: usize,
}

/// What changes for one person.
#[derive(Debug)]
pub struct PersonChange {
    /// Who.
    pub user: User,
    /// Roles that the settings would give, the first of them.
    pub gains: Vec<RoleArn>,
    /// How many there are.
    pub gained: usize,
    /// Roles that they would take away, the first of them.
    pub losses: Vec<RoleArn>,
    /// How many there are.
    pub lost: usize,
}

/// What one person has.
#[derive(Debug)]
pub struct PersonRoles {
    /// Who.
    pub user: User,
    /// With the settings as they are.
    pub before: Vec<Entitlement>,
    /// With those that are tried.
    pub after: Vec<Entitlement>,
}

/// Tries. Reads alone, and asks AWS and directories nothing.
///
/// # Errors
/// `Forbidden`; `NotFound` for no such app or user; `Invalid` for too many names.
pub async fn test_mapping(services: &Services, caller: &Caller, id: &AppId, trial: &Trial) -> Result<Tested> {
    caller.must_read()?;
    if trial.sample_groups.len() > MAX_SAMPLES {
        let cause = format!("there are {}: at most {MAX_SAMPLES} names are tried at once", trial.sample_groups.len());
        return Err(Error::invalid("sampleGroups", cause));
    }
    let saved = existing(services, id).await?;
    let changed = App { settings: trial.settings.clone(), ..saved.clone() };
    let mapping = match Mapping::check(&changed.settings) {
        Ok(mapping) => mapping,
        Err(errors) => return Ok(Tested { errors, ..Tested::default() }),
    };
    let former = Mapping::compile(&saved.settings).ok().filter(|_| saved.settings.use_group_mapping);
    let world = World::read(services, &saved).await?;
    let before = Setting::read(services, &world, &saved, former.as_ref(), &[]).await?;
    let mut after = Setting::read(services, &world, &changed, Some(&mapping), &trial.sample_groups).await?;
    if asks_another_question(&saved, &changed) {
        after.judge_anew(&world).await;
    }
    let outcomes = after.outcomes(&world).await;
    let mut tested = listed(trial, &outcomes);
    let diagnosis = Diagnosis::new(&changed, &mapping, &world.sources);
    tested.samples = trial.sample_groups.iter().map(|name| diagnosis.of_name(name, &after.catalogue)).collect();
    tested.lint = lint(&changed, &mapping, &world.sources, &outcomes);
    let sides = (before.side(&world).await, after.side_of(&world, &outcomes));
    let people = People { services, world: &world, sides: (&sides.0, &sides.1) };
    match &trial.user {
        Some(user) => {
            let user = services.store.user(user).await?.ok_or_else(|| Error::not_found("User", user.as_str()))?;
            people.one(&user, &mut tested).await?;
            tested.person = Some(people::roles_of(services, &world, (&before, &after), user).await?);
        }
        None => people.all(trial, &mut tested).await?,
    }
    Ok(tested)
}

/// The lists and counts of groups.
fn listed(trial: &Trial, outcomes: &[GroupOutcome]) -> Tested {
    let matches = || outcomes.iter().filter(|outcome| outcome.role.is_some());
    let near = || outcomes.iter().filter(|outcome| outcome.miss.is_some());
    let mut by_code = BTreeMap::new();
    for miss in near().filter_map(|outcome| outcome.miss.as_ref()) {
        *by_code.entry(miss.code).or_default() += 1;
    }
    Tested {
        totals: Totals {
            groups: outcomes.len(),
            matches: matches().count(),
            near_misses: near().count(),
            near_misses_by_code: by_code,
            ..Totals::default()
        },
        matches: matches().take(trial.limit).cloned().collect(),
        near_misses: near().take(trial.limit).cloned().collect(),
        ..Tested::default()
    }
}
