//! Puts the parts together: database, master key, adapters, use cases.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result};
use aws::{AwsOptions, SdkAccounts};
use directory::LdapDirectories;
use domain::Clock;
use keys::{Argon2Passwords, HashCost, KeyRing, MasterKey, MasterKeyError, OsEntropy, Sealer};
use ports::KeyReader;
use store::{SqliteOptions, SqliteStore};
use usecases::{
    Adapters, PublicUrl, Services, Settings,
    settings::{DiscoveryPolicy, LockoutPolicy, SessionPolicy},
};

use crate::{config::Config, output::hinted, system::SystemClock};

/// A running instance's parts.
pub struct Instance {
    /// What use cases need.
    pub services: Arc<Services>,
    /// For the master key's rotation.
    pub keys: Arc<KeyRing>,
    /// For a clean end.
    pub store: Arc<SqliteStore>,
}

/// What `demo` does differently.
#[derive(Debug, Default)]
pub struct Variation {
    /// Sends every AWS call there.
    pub aws_endpoint: Option<String>,
    /// Instead of the configured one: the port was free until now.
    pub public_url: Option<PublicUrl>,
}

/// Opens the database (bringing it to this binary's schema) and everything else.
///
/// # Errors
/// When the database or the master key cannot be used; each says what to do.
pub async fn assemble(config: &Config, variation: Variation) -> Result<Instance> {
    let store = Arc::new(open_store(config).await?);
    let master_key = master_key(config, &store).await?;
    let sealer = Sealer::new(master_key, former_keys(&config.master_key_file));
    let keys = Arc::new(KeyRing::new(sealer, Arc::new(OsEntropy)));
    let passwords = Argon2Passwords::new(HashCost::default(), None).context("password hashing")?;
    let aws = SdkAccounts::new(AwsOptions {
        endpoint_url: variation.aws_endpoint,
        account_timeout: Duration::from_secs(config.discovery.account_timeout_seconds),
        ..AwsOptions::default()
    });
    let public_url = match variation.public_url {
        Some(url) => url,
        None => config.public_url()?,
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let adapters = Adapters {
        store: store.clone(),
        keys: keys.clone(),
        passwords: Arc::new(passwords),
        aws: Arc::new(aws),
        directories: Arc::new(LdapDirectories::new(clock.clone())),
        clock,
        entropy: Arc::new(OsEntropy),
    };
    let services = Arc::new(Services::new(adapters, settings(config, public_url)));
    Ok(Instance { services, keys, store })
}

/// Opens the database of the configuration.
///
/// # Errors
/// When it cannot be opened, or was written by a newer version.
pub async fn open_store(config: &Config) -> Result<SqliteStore> {
    let options = database(config)?;
    SqliteStore::open(&options).await.map_err(|error| explain_store(&error, &config.database_url))
}

/// Where the database is.
///
/// # Errors
/// When the URL names no database that this version can use.
pub fn database(config: &Config) -> Result<SqliteOptions> {
    if config.database_url.starts_with("postgres") {
        return Err(hinted(
            "`database_url` names PostgreSQL, which this version cannot use yet",
            "write `sqlite:PATH`; an instance on SQLite serves thousands of people",
        ));
    }
    Ok(SqliteOptions::from_url(&config.database_url)?)
}

/// A store's error with the next step.
pub fn explain_store(error: &ports::StoreError, url: &str) -> anyhow::Error {
    let hint = match error {
        ports::StoreError::NewerSchema { .. } => "start the newer binary again, or restore the backup made before it",
        ports::StoreError::Corrupt { .. } => "restore a backup; `rolegate doctor` checks the whole file",
        _ => "check that the folder exists, is writable for this user, and that the disk is not full",
    };
    hinted(format!("the database `{url}` cannot be used: {error}"), hint)
}

fn settings(config: &Config, public_url: PublicUrl) -> Settings {
    let mut settings = Settings::new(public_url);
    settings.organisation.clone_from(&config.organisation);
    settings.sessions = SessionPolicy {
        idle_seconds: config.session.idle_seconds,
        absolute_seconds: config.session.absolute_seconds,
        one_time_seconds: 300,
    };
    settings.lockout = LockoutPolicy {
        failures: config.lockout.failures,
        directory_failures: config.lockout.directory_failures,
        seconds: config.lockout.seconds,
    };
    settings.discovery =
        DiscoveryPolicy { concurrency: config.discovery.concurrency.clamp(1, 512), ..settings.discovery };
    settings
}

/// `FILE.new`: where a rotation puts the new key before the database is sealed under it.
pub fn next_key_file(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    PathBuf::from(name)
}

/// Moves the next key into place and keeps the former one beside it as `FILE.ID`: whatever a server that still ran
/// sealed under it stays readable.
///
/// # Errors
/// When a file cannot be renamed.
pub fn put_in_place(path: &Path, next: &Path, former_id: &str) -> Result<()> {
    let mut former = path.as_os_str().to_owned();
    former.push(format!(".{former_id}"));
    std::fs::hard_link(path, PathBuf::from(&former))
        .or_else(|error| if error.kind() == std::io::ErrorKind::AlreadyExists { Ok(()) } else { Err(error) })
        .with_context(|| format!("keeping the former key beside `{}`", path.display()))?;
    std::fs::rename(next, path).with_context(|| format!("moving `{}` into place", next.display()))
}

/// Former keys beside the master key's file; those that cannot be read are left out.
pub fn former_keys(path: &Path) -> Vec<MasterKey> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Vec::new();
    };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries
        .flatten()
        .filter(|entry| {
            let file = entry.file_name();
            let suffix = file.to_str().and_then(|file| file.strip_prefix(name)?.strip_prefix('.'));
            suffix.is_some_and(|id| id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
        })
        .filter_map(|entry| MasterKey::load_file(&entry.path()).ok())
        .collect()
}

/// The master key: from the environment, from its file, or new when nothing was ever sealed.
///
/// # Errors
/// When it is missing although the database holds sealed secrets, or when it is another one.
pub async fn master_key(config: &Config, store: &SqliteStore) -> Result<MasterKey> {
    let sealed = store.all_sealed().await.context("reading what is sealed")?;
    let needed = sealed.first().map(|(_, sealed)| sealed.master_key_id.clone());
    let path = &config.master_key_file;
    let found = match &config.master_key {
        Some(text) => MasterKey::from_text(text).context("`ROLEGATE_MASTER_KEY`")?,
        None => match MasterKey::load_file(path) {
            Ok(key) => key,
            Err(MasterKeyError::Missing(_)) if needed.is_none() => return first_key(path),
            Err(MasterKeyError::Missing(_)) => {
                return Err(hinted(
                    format!(
                        "the master key file `{}` is missing, but the database holds secrets sealed under key `{}`",
                        path.display(),
                        needed.unwrap_or_default()
                    ),
                    "restore the file from your backup; a new key cannot open what the old one sealed",
                ));
            }
            Err(error) => return Err(anyhow::Error::new(error).context("the master key")),
        },
    };
    let former = former_keys(path);
    let opens = |id: &str| id == found.id() || former.iter().any(|key| key.id() == id);
    match sealed.into_iter().map(|(_, sealed)| sealed.master_key_id).find(|id| !opens(id)) {
        Some(needed) => finish_rotation(path, &needed, found.id()),
        None => Ok(found),
    }
}

fn first_key(path: &Path) -> Result<MasterKey> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        use std::os::unix::fs::DirBuilderExt;
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .with_context(|| format!("making the folder `{}`", folder.display()))?;
    }
    let key = MasterKey::create_file(path, &OsEntropy).context("making the master key")?;
    tracing::info!(file = %path.display(), key.id = key.id(), "a master key was made; back it up apart from the database");
    Ok(key)
}

/// A rotation that was cut off after the database was sealed anew: the new key lies beside the old one.
fn finish_rotation(path: &Path, needed: &str, found: &str) -> Result<MasterKey> {
    let next = next_key_file(path);
    if let Ok(key) = MasterKey::load_file(&next)
        && key.id() == needed
    {
        put_in_place(path, &next, found)?;
        tracing::warn!(key.id = key.id(), "an interrupted rotation of the master key was finished");
        return Ok(key);
    }
    Err(hinted(
        format!("the master key is `{found}`, but the database is sealed under key `{needed}`"),
        format!(
            "put the key with the id `{needed}` into `{path}`, or beside it as `{path}.{needed}` when it is a former one; \
             `rolegate admin master-key show` tells a key's id",
            path = path.display()
        ),
    ))
}
