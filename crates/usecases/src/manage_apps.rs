//! App instances: made with their signing keys, read, replaced, switched on and off, removed.
//!
//! An app's issuer (SAML entity id) is `{public URL}/app/{id}` at the time of its making and never changes after: AWS
//! keeps it in every account's SAML provider. The same address serves the metadata, as SAML metadata §4.1.1 suggests.

mod check;
mod find;

use domain::{
    App, AppId, AppStatus, AwsAppSettings,
    key::{KeyAlgorithm, KeyState},
};
use serde_json::{Map, Value};

pub use check::ENVIRONMENTS;
pub use find::{AppFilter, list, of_group};

use crate::{
    audit::EventDraft,
    caller::Caller,
    error::{Error, Result, StateError},
    rejudge_trust::{asks_another_question, rejudge_trust},
    services::Services,
    signing_keys,
};

/// Okta's default of `userNameTemplate`.
pub const DEFAULT_USER_NAME_TEMPLATE: &str = "${source.login}";

/// What an administrator decides of an app.
#[derive(Debug, Clone, PartialEq)]
pub struct AppProfile {
    /// What people see on the tile: 1 to 100 characters, unique.
    pub label: String,
    /// `settings.app`.
    pub settings: AwsAppSettings,
    /// `credentials.userNameTemplate.template`.
    pub user_name_template: String,
    /// The rest of Okta's object, as it came.
    pub document: Map<String, Value>,
}

impl AppProfile {
    /// As a new app has it in Okta.
    pub fn labelled(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            settings: AwsAppSettings::default(),
            user_name_template: DEFAULT_USER_NAME_TEMPLATE.to_owned(),
            document: Map::new(),
        }
    }
}

/// What replaces an app: all of it, but parts that SDKs leave out when they write back what they read.
#[derive(Debug, Clone, PartialEq)]
pub struct AppReplacement {
    /// See [`AppProfile::label`].
    pub label: String,
    /// See [`AppProfile::settings`]; absent: as they are.
    pub settings: Option<AwsAppSettings>,
    /// See [`AppProfile::user_name_template`]; absent: as it is.
    pub user_name_template: Option<String>,
    /// See [`AppProfile::document`].
    pub document: Map<String, Value>,
    /// `credentials.signing.kid`; when given, it must be the active key's.
    pub signing_key: Option<String>,
}

/// Makes an app with an active signing key and the next one, which its metadata publishes too.
///
/// # Errors
/// `Forbidden`; `Invalid` for a label that is taken and for every setting that cannot be.
pub async fn create(
    services: &Services,
    caller: &Caller,
    profile: AppProfile,
    status: AppStatus,
    key_algorithm: KeyAlgorithm,
) -> Result<App> {
    caller.must_manage()?;
    check::profile(&profile)?;
    let now = services.now();
    let id = AppId::generate(&*services.entropy);
    let active = signing_keys::make(services, &id, KeyState::Active, key_algorithm, None).await?;
    let next = signing_keys::make(services, &id, KeyState::Next, key_algorithm, None).await?;
    let app = App {
        issuer: services.settings.public_url.join(&format!("/app/{id}")),
        id,
        label: profile.label,
        status,
        settings: profile.settings,
        user_name_template: profile.user_name_template,
        signing_key: active.id.clone(),
        document: profile.document,
        created: now,
        last_updated: now,
    };
    let mut unit = services.store.begin().await?;
    unit.insert_app(&app).await?;
    unit.insert_signing_key(&active).await?;
    unit.insert_signing_key(&next).await?;
    let event = EventDraft::success("application.lifecycle.create", "Create application")
        .on_app(&app)
        .fact("issuer", &app.issuer)
        .fact("signingKey", &active.id)
        .fact("nextSigningKey", &next.id);
    unit.append_event(&event.by(services, caller)).await?;
    unit.commit().await?;
    Ok(app)
}

/// One app.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub async fn read(services: &Services, caller: &Caller, id: &AppId) -> Result<App> {
    caller.must_read()?;
    existing(services, id).await
}

/// Replaces what an administrator decides. When the provider, the ACS URL or what is sent changed, the stored trust
/// verdicts are made anew, without asking AWS.
///
/// # Errors
/// `NotFound`, `Forbidden`; `Invalid` as in [`create`], and for another signing key.
pub async fn replace(services: &Services, caller: &Caller, id: &AppId, with: AppReplacement) -> Result<App> {
    caller.must_manage()?;
    let mut unit = services.store.begin().await?;
    let former = existing(services, id).await?;
    must_keep_key(&former, with.signing_key.as_deref())?;
    let profile = AppProfile {
        label: with.label,
        settings: with.settings.unwrap_or_else(|| former.settings.clone()),
        user_name_template: with.user_name_template.unwrap_or_else(|| former.user_name_template.clone()),
        document: with.document,
    };
    check::profile(&profile)?;
    let mut app = App {
        label: profile.label,
        settings: profile.settings,
        user_name_template: profile.user_name_template,
        document: profile.document,
        ..former.clone()
    };
    if app == former {
        return Ok(app);
    }
    app.last_updated = services.now();
    unit.update_app(&app).await?;
    let event = EventDraft::success("application.lifecycle.update", "Update application")
        .on_app(&app)
        .fact("changed", check::changed(&former, &app).join(" "));
    unit.append_event(&event.by(services, caller)).await?;
    unit.commit().await?;
    if asks_another_question(&former, &app) {
        rejudge_trust(services, caller, &app).await?;
    }
    Ok(app)
}

fn must_keep_key(app: &App, wanted: Option<&str>) -> Result<()> {
    match wanted.filter(|wanted| *wanted != app.signing_key.as_str()) {
        None => Ok(()),
        Some(wanted) => {
            let wanted: String = wanted.chars().take(64).collect();
            let cause = format!(
                "`{wanted}` is not the active signing key, which is `{}`; another key would lock everybody out of the accounts that were not given its certificate, so it is not changed by writing the app",
                app.signing_key
            );
            Err(Error::invalid("credentials.signing.kid", cause))
        }
    }
}

/// Switches an app on: people see it and launch its roles. Does nothing, and logs nothing, when it is on.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub async fn activate(services: &Services, caller: &Caller, id: &AppId) -> Result<App> {
    let event = EventDraft::success("application.lifecycle.activate", "Activate application");
    set_status(services, caller, id, AppStatus::Active, event).await
}

/// Switches an app off: nobody launches it any more. Does nothing, and logs nothing, when it is off.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub async fn deactivate(services: &Services, caller: &Caller, id: &AppId) -> Result<App> {
    let event = EventDraft::success("application.lifecycle.deactivate", "Deactivate application");
    set_status(services, caller, id, AppStatus::Inactive, event).await
}

async fn set_status(
    services: &Services,
    caller: &Caller,
    id: &AppId,
    status: AppStatus,
    event: EventDraft,
) -> Result<App> {
    caller.must_manage()?;
    let mut unit = services.store.begin().await?;
    let mut app = existing(services, id).await?;
    if app.status == status {
        return Ok(app);
    }
    app.status = status;
    app.last_updated = services.now();
    unit.update_app(&app).await?;
    unit.append_event(&event.on_app(&app).by(services, caller)).await?;
    unit.commit().await?;
    Ok(app)
}

/// Removes an inactive app with its assignments, signing keys and everything that discovery found for it.
///
/// # Errors
/// `NotFound`, `Forbidden`; `State` while it is active.
pub async fn delete(services: &Services, caller: &Caller, id: &AppId) -> Result<()> {
    caller.must_manage()?;
    let mut unit = services.store.begin().await?;
    let app = existing(services, id).await?;
    if app.is_active() {
        let why = "The application must be deactivated first".to_owned();
        return Err(Error::State(StateError::NotNow(why)));
    }
    unit.delete_app(id).await?;
    let event = EventDraft::success("application.lifecycle.delete", "Delete application").on_app(&app);
    unit.append_event(&event.fact("issuer", &app.issuer).by(services, caller)).await?;
    Ok(unit.commit().await?)
}

/// The app; asked for while a transaction is open, nobody else can change it on SQLite.
pub(crate) async fn existing(services: &Services, id: &AppId) -> Result<App> {
    services.store.app(id).await?.ok_or_else(|| Error::not_found("AppInstance", id.as_str()))
}
