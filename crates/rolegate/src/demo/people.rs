//! Fills the sample organisation: people, groups, app instances over the same accounts, their roles.
//!
//! All of it through the use cases, as an administrator would do it over the API. On a folder that was filled before,
//! only what depends on this start is renewed: the emulator's world, the place of its sign-in page, the token.

use std::{collections::HashMap, time::Duration};

use anyhow::{Context, Result, bail};
use domain::{
    App, AppId, AppStatus, AwsAppSettings, GroupId, Login, ProviderArn, Secret, User, UserId, UserProfile,
    aws::{
        AwsIntegration, ConnectedAccount, ConnectedAccounts, DiscoveryRun, RunStatus, RunTrigger, SourceAccount,
        SourceCredentials,
    },
    key::KeyAlgorithm,
    user::AdminRole,
};
use usecases::{
    Caller, Services,
    assign_groups::{self, GroupAssignmentProfile},
    assign_users::{self, UserAssignmentProfile},
    discover_roles, list_roles, manage_apps,
    manage_apps::{AppProfile, AppReplacement},
    manage_groups,
    manage_groups::GroupProfile,
    manage_integration,
    manage_integration::NewIntegration,
    manage_users,
    manage_users::NewUser,
    metadata, tokens,
    tokens::NewToken,
};

use super::{
    directory,
    emulator::Emulator,
    world::{Discovery, Person, World},
};
use crate::assemble::Instance;

/// Tile whose assertions go to AWS's own sign-in page.
const APP: &str = "AWS Account Federation";
/// Tile whose assertions go to the emulator's.
const BROWSER_APP: &str = "AWS (emulated console)";
/// The same, with roles by the groups of a directory.
const DIRECTORY_APP: &str = "AWS (groups of the directory)";
/// Role groups as the directory names them.
const GROUP_FILTER: &str = r"aws\#\S+\#(?{{role}}[\w+=,.@\-]+)\#(?{{accountid}}\d+)";

/// What the caller of the demo is told.
pub struct Filled {
    /// Shown once.
    pub api_token: Secret<String>,
    /// [`APP`].
    pub app: AppId,
    /// [`BROWSER_APP`].
    pub browser_app: AppId,
    /// [`DIRECTORY_APP`], when there is to be a directory; read, but nobody has it yet.
    pub directory_app: Option<App>,
    /// The first discovery, of [`APP`].
    pub discovery: DiscoveryRun,
}

/// Fills, or renews.
///
/// # Errors
/// When a use case refuses: a mistake of ours, or an emulator that is none.
pub async fn fill(instance: &Instance, world: &World, emulator: &Emulator, with_directory: bool) -> Result<Filled> {
    let services = &instance.services;
    let caller = Caller::system();
    let users = people(services, &caller, &world.people).await?;
    let groups = groups(services, &caller, world, &users).await?;
    let providers = &world.discovery.saml_providers;
    let page = emulator.sign_in_page();
    let app = app(services, &caller, sample(world, APP, &providers.app)?).await?;
    let mut browser = sample(world, BROWSER_APP, &providers.browser_app)?;
    browser.settings.override_acs_url = Some(page.clone());
    let browser_app = self::app(services, &caller, browser).await?;
    let mut mapped = sample(world, DIRECTORY_APP, &providers.directory_app)?;
    mapped.settings.override_acs_url = Some(page);
    by_groups(&mut mapped.settings, &providers.directory_app);
    let directory_app = if with_directory { Some(self::app(services, &caller, mapped).await?) } else { None };

    let mut metadata = vec![
        (providers.app.as_str(), metadata::of_app(services, &app.id, None).await?),
        (providers.browser_app.as_str(), metadata::of_app(services, &browser_app.id, None).await?),
    ];
    if let Some(app) = &directory_app {
        metadata.push((providers.directory_app.as_str(), metadata::of_app(services, &app.id, None).await?));
    }
    emulator.seed(&world.raw, &metadata).await?;
    let mut discovery = None;
    for app in [Some(&app), Some(&browser_app), directory_app.as_ref()].into_iter().flatten() {
        let new = integration(&world.discovery, world, &app.id)?;
        manage_integration::put(services, &caller, &app.id, new).await?;
        let run = discover(instance, &caller, &app.id).await?;
        discovery.get_or_insert(run);
    }
    for app in [&app, &browser_app] {
        assign(services, &caller, &app.id, world, &users, &groups).await?;
    }
    let name = format!("demo {}", services.now());
    let token =
        tokens::create(services, &caller, NewToken { name, role: AdminRole::SuperAdmin, expires: None }).await?;
    Ok(Filled {
        api_token: token.secret,
        app: app.id,
        browser_app: browser_app.id,
        directory_app,
        discovery: discovery.context("no app was read")?,
    })
}

type Users = HashMap<String, UserId>;
type Groups = HashMap<String, GroupId>;

async fn people(services: &Services, caller: &Caller, people: &[Person]) -> Result<Users> {
    let mut users = Users::new();
    for person in people {
        let login: Login = person.login.parse()?;
        let user = match manage_users::find(services, caller, login.as_str()).await {
            Ok(user) => user,
            Err(usecases::Error::NotFound { .. }) => create(services, caller, person, login).await?,
            Err(error) => return Err(error.into()),
        };
        users.insert(person.login.clone(), user.id);
    }
    Ok(users)
}

async fn create(services: &Services, caller: &Caller, person: &Person, login: Login) -> Result<User> {
    let profile = UserProfile {
        login,
        email: person.email.parse()?,
        first_name: person.first_name.clone(),
        last_name: person.last_name.clone(),
        extra: std::collections::BTreeMap::new(),
    };
    let mut new = NewUser::new(profile, Some(Secret::from(person.password.as_str())));
    new.admin_role = person.admin.then_some(AdminRole::SuperAdmin);
    manage_users::create(services, caller, new).await.with_context(|| format!("making `{}`", person.login))
}

async fn groups(services: &Services, caller: &Caller, world: &World, users: &Users) -> Result<Groups> {
    let mut groups = Groups::new();
    for sample in &world.groups {
        let group = if let Some(group) = manage_groups::find_by_name(services, caller, &sample.name).await? {
            group
        } else {
            let profile = GroupProfile { name: sample.name.clone(), description: sample.description.clone() };
            manage_groups::create(services, caller, profile).await?
        };
        for login in &sample.members {
            let user = users.get(login).with_context(|| format!("`{login}` is nobody"))?;
            manage_groups::add_member(services, caller, &group.id, user).await?;
        }
        groups.insert(sample.name.clone(), group.id);
    }
    Ok(groups)
}

/// What the sample apps have in common.
fn sample(world: &World, label: &str, provider: &str) -> Result<AppProfile> {
    let source = world.discovery.sources.first().context("no source account")?;
    let mut profile = AppProfile::labelled(label);
    profile.settings.identity_provider_arn = Some(ProviderArn::new(source.partition, source.account, provider)?);
    profile.settings.join_all_roles = true;
    profile.settings.session_duration = 4 * 3600;
    Ok(profile)
}

/// Roles follow from the groups of the directory.
fn by_groups(settings: &mut AwsAppSettings, provider: &str) {
    settings.use_group_mapping = true;
    directory::NAME.clone_into(&mut settings.app_filter);
    GROUP_FILTER.clone_into(&mut settings.group_filter);
    settings.role_value_pattern =
        format!("arn:aws:iam::${{accountid}}:saml-provider/{provider},arn:aws:iam::${{accountid}}:role/${{role}}");
}

async fn app(services: &Services, caller: &Caller, profile: AppProfile) -> Result<App> {
    match find_app(services, &profile.label).await? {
        Some(app) => {
            let with = AppReplacement {
                label: profile.label,
                settings: Some(profile.settings),
                user_name_template: None,
                document: app.document.clone(),
                signing_key: None,
            };
            Ok(manage_apps::replace(services, caller, &app.id, with).await?)
        }
        None => Ok(manage_apps::create(services, caller, profile, AppStatus::Active, KeyAlgorithm::Rsa2048).await?),
    }
}

async fn find_app(services: &Services, label: &str) -> Result<Option<App>> {
    let page = ports::PageRequest { after: None, limit: 100 };
    let found = services.store.apps(Some(label), &page).await?;
    Ok(found.items.into_iter().find(|app| app.label == label))
}

fn integration(discovery: &Discovery, world: &World, app: &AppId) -> Result<NewIntegration> {
    let mut secrets = Vec::new();
    let mut sources = Vec::new();
    for source in &discovery.sources {
        secrets.push((source.partition, Secret::from(source.secret_access_key.as_str())));
        let others = world.accounts(source.partition)?.into_iter().filter(|id| *id != source.account);
        let connected =
            others.map(|id| ConnectedAccount { id, role_name: None, external_id: None, session_name: None }).collect();
        sources.push(SourceAccount {
            partition: source.partition,
            region: Some(source.region.clone()),
            credentials: SourceCredentials::AccessKey { access_key_id: source.access_key_id.clone() },
            connected: ConnectedAccounts::Listed(connected),
        });
    }
    let integration = AwsIntegration {
        app: app.clone(),
        enabled: true,
        sources,
        cross_account_role: discovery.cross_account_role.clone(),
        external_id: Some(discovery.external_id.clone()),
        session_name: "rolegate-discovery".to_owned(),
        interval_seconds: 3600,
        last_updated: domain::Timestamp::from_millis(0),
    };
    Ok(NewIntegration { integration, secrets })
}

/// Reads AWS and waits for the end.
async fn discover(instance: &Instance, caller: &Caller, app: &AppId) -> Result<DiscoveryRun> {
    let services = &instance.services;
    let started = discover_roles::start(services, caller, app, None, RunTrigger::Request).await?;
    let id = started.run().id.clone();
    for _ in 0..600 {
        let run = list_roles::run(services, caller, app, &id).await?;
        if run.status != RunStatus::Running {
            return Ok(run);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("reading the emulated accounts did not end within a minute")
}

async fn assign(
    services: &Services,
    caller: &Caller,
    app: &AppId,
    world: &World,
    users: &Users,
    groups: &Groups,
) -> Result<()> {
    for assignment in &world.assignments.users {
        let user = users.get(&assignment.login).with_context(|| format!("`{}` is nobody", assignment.login))?;
        let roles = UserAssignmentProfile::saml_roles(assignment.roles.iter().map(ToString::to_string));
        assign_users::put(services, caller, app, user, roles).await?;
    }
    for assignment in &world.assignments.groups {
        let group = groups.get(&assignment.group).with_context(|| format!("no group `{}`", assignment.group))?;
        let mut roles = GroupAssignmentProfile::saml_roles(assignment.roles.iter().map(ToString::to_string));
        roles.priority = Some(assignment.priority);
        assign_groups::put(services, caller, app, group, roles).await?;
    }
    Ok(())
}
