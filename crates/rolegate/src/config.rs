//! Settings: a TOML file, over it `ROLEGATE_…` variables. An unknown key is refused, naming the nearest known one: a
//! misspelt limit that is silently ignored is worse than a server that does not start.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use domain::Secret;
use ipnet::IpNet;
use serde::Deserialize;
use usecases::PublicUrl;

use crate::output::hinted;

/// Everything an operator can set; see `docs/configuration.md`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// Scheme, host and port under which people reach this instance.
    pub public_url: Option<String>,
    /// `sqlite:PATH`.
    pub database_url: String,
    /// File with the master key; made at the first start of an embedded instance.
    pub master_key_file: PathBuf,
    /// Shown on pages.
    pub organisation: String,
    /// Addresses or networks of proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// TLS of the server itself; behind a proxy that ends TLS leave it out.
    pub tls: Option<Tls>,
    /// How long sessions live.
    pub session: Session,
    /// When wrong passwords lock an account.
    pub lockout: Lockout,
    /// Requests per minute.
    pub rate_limit: RateLimit,
    /// How AWS is read.
    pub discovery: Discovery,
    /// The master key itself, from the environment only; never in the file.
    #[serde(skip)]
    pub master_key: Option<Secret<String>>,
}

/// Certificate chain and private key, PEM.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The chain, leaf first.
    pub certificate_file: PathBuf,
    /// The key.
    pub private_key_file: PathBuf,
}

/// Seconds.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Session {
    /// Without use.
    pub idle_seconds: u32,
    /// In any case.
    pub absolute_seconds: u32,
}

/// Wrong passwords.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lockout {
    /// So many in a row lock the account.
    pub failures: u32,
    /// So many where a directory checks the password.
    pub directory_failures: u32,
    /// For so long.
    pub seconds: u32,
}

/// Requests per minute.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimit {
    /// Sign-in attempts by client address.
    pub sign_in_per_address: u32,
    /// Sign-in attempts by login.
    pub sign_in_per_login: u32,
    /// API calls by token or person.
    pub api_per_caller: u32,
}

/// Reading AWS.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Discovery {
    /// Accounts read at the same time.
    pub concurrency: usize,
    /// Limit for one account.
    pub account_timeout_seconds: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            database_url: "sqlite:rolegate-data/rolegate.db".to_owned(),
            master_key_file: PathBuf::from("rolegate-data/master.key"),
            organisation: "Rolegate".to_owned(),
            trusted_proxies: Vec::new(),
            tls: None,
            session: Session::default(),
            lockout: Lockout::default(),
            rate_limit: RateLimit::default(),
            discovery: Discovery::default(),
            master_key: None,
        }
    }
}

impl Default for Session {
    fn default() -> Self {
        Self { idle_seconds: 2 * 3600, absolute_seconds: 12 * 3600 }
    }
}

impl Default for Lockout {
    fn default() -> Self {
        Self { failures: 10, directory_failures: 4, seconds: 900 }
    }
}

impl Default for RateLimit {
    fn default() -> Self {
        let limits = web::RateLimits::default();
        Self {
            sign_in_per_address: limits.sign_in_per_address,
            sign_in_per_login: limits.sign_in_per_login,
            api_per_caller: limits.api_per_caller,
        }
    }
}

impl Default for Discovery {
    fn default() -> Self {
        Self { concurrency: 64, account_timeout_seconds: 60 }
    }
}

/// Every key that can be set, as written in the file; a section's keys with a dot.
pub const KEYS: &[&str] = &[
    "listen",
    "public_url",
    "database_url",
    "master_key_file",
    "organisation",
    "trusted_proxies",
    "tls.certificate_file",
    "tls.private_key_file",
    "session.idle_seconds",
    "session.absolute_seconds",
    "lockout.failures",
    "lockout.directory_failures",
    "lockout.seconds",
    "rate_limit.sign_in_per_address",
    "rate_limit.sign_in_per_login",
    "rate_limit.api_per_caller",
    "discovery.concurrency",
    "discovery.account_timeout_seconds",
];

/// The master key's own variable: it has no place in a file of settings.
const MASTER_KEY: &str = "ROLEGATE_MASTER_KEY";
/// Variables with our prefix that are not settings of the server.
const OTHER_VARIABLES: &[&str] = &[
    MASTER_KEY,
    "ROLEGATE_CONFIG",
    "ROLEGATE_URL",
    "ROLEGATE_API_TOKEN",
    "ROLEGATE_CACHE_DIR",
    "ROLEGATE_EMULATOR_PYTHON",
    "ROLEGATE_AGENT_BIND_PASSWORD",
];

/// `session.idle_seconds` → `ROLEGATE_SESSION_IDLE_SECONDS`.
fn variable_of(key: &str) -> String {
    format!("ROLEGATE_{}", key.replace('.', "_").to_ascii_uppercase())
}

impl Config {
    /// Reads the file (when one is named, or `rolegate.toml` is there) and the variables over it.
    ///
    /// # Errors
    /// When the file cannot be read, a key is unknown, or a value is not of its kind.
    pub fn load(path: Option<&Path>) -> Result<Self> {
        let fallback = Path::new("rolegate.toml");
        let path = path.or_else(|| fallback.exists().then_some(fallback));
        let text = match path {
            Some(path) => std::fs::read_to_string(path).map_err(|error| {
                hinted(
                    format!("the configuration `{}` could not be read: {error}", path.display()),
                    "name an existing file with --config, or leave it out to use the defaults",
                )
            })?,
            None => String::new(),
        };
        let origin = path.map_or_else(|| "the configuration".to_owned(), |path| format!("`{}`", path.display()));
        Self::parse(&text, &origin, &environment())
    }

    fn parse(text: &str, origin: &str, variables: &BTreeMap<String, String>) -> Result<Self> {
        let mut table: toml::Table = text.parse().map_err(|error| anyhow::anyhow!("{origin} is not TOML: {error}"))?;
        refuse_unknown_keys(&table, origin)?;
        for (name, value) in variables {
            if !OTHER_VARIABLES.contains(&name.as_str()) {
                overlay(&mut table, name, value)?;
            }
        }
        let mut config: Self = serde_path_to_error::deserialize(toml::Value::Table(table)).map_err(|error| {
            hinted(
                format!("`{}` in {origin} (or its variable) is not acceptable: {}", error.path(), error.inner()),
                "docs/configuration.md lists every key with its kind and default",
            )
        })?;
        config.master_key = variables.get(MASTER_KEY).map(|text| Secret::from(text.as_str()));
        Ok(config)
    }

    /// The public URL: as set, else that of the listener.
    ///
    /// # Errors
    /// When it is set and no URL of an origin.
    pub fn public_url(&self) -> Result<PublicUrl> {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let text = self.public_url.clone().unwrap_or_else(|| format!("{scheme}://{}", self.listen));
        PublicUrl::parse(&text).context("`public_url`")
    }
}

fn environment() -> BTreeMap<String, String> {
    std::env::vars().filter(|(name, _)| name.starts_with("ROLEGATE_")).collect()
}

fn refuse_unknown_keys(table: &toml::Table, origin: &str) -> Result<()> {
    for (name, value) in table {
        match value {
            toml::Value::Table(section) => {
                for key in section.keys() {
                    must_be_known(&format!("{name}.{key}"), origin)?;
                }
            }
            _ => must_be_known(name, origin)?,
        }
    }
    Ok(())
}

fn must_be_known(key: &str, origin: &str) -> Result<()> {
    if KEYS.contains(&key) {
        return Ok(());
    }
    Err(hinted(format!("`{key}` in {origin} is not a setting"), nearest(key, KEYS.iter().copied())))
}

fn nearest<'a>(key: &str, known: impl Iterator<Item = &'a str>) -> String {
    known
        .map(|candidate| (strsim::damerau_levenshtein(key, candidate), candidate))
        .min()
        .filter(|(distance, candidate)| *distance <= candidate.len() / 2)
        .map_or_else(
            || "docs/configuration.md lists every key".to_owned(),
            |(_, candidate)| format!("did you mean `{candidate}`? docs/configuration.md lists every key"),
        )
}

fn overlay(table: &mut toml::Table, name: &str, text: &str) -> Result<()> {
    let Some(key) = KEYS.iter().find(|key| variable_of(key) == name) else {
        let variables: Vec<String> = KEYS.iter().map(|key| variable_of(key)).collect();
        return Err(hinted(
            format!("the variable `{name}` is not a setting"),
            nearest(name, variables.iter().map(String::as_str)),
        ));
    };
    let value = if *key == "trusted_proxies" {
        let items = text.split(',').map(|item| toml::Value::String(item.trim().to_owned()));
        toml::Value::Array(items.filter(|item| item.as_str() != Some("")).collect())
    } else {
        text.parse::<i64>().map_or_else(|_| toml::Value::String(text.to_owned()), toml::Value::Integer)
    };
    match key.split_once('.') {
        None => {
            table.insert((*key).to_owned(), value);
        }
        Some((section, key)) => {
            let entry = table.entry(section).or_insert_with(|| toml::Value::Table(toml::Table::new()));
            if let toml::Value::Table(section) = entry {
                section.insert(key.to_owned(), value);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, variables: &[(&str, &str)]) -> Result<Config> {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Config::parse(text, "`test.toml`", &variables)
    }

    fn message(text: &str, variables: &[(&str, &str)]) -> String {
        let error = parse(text, variables).unwrap_err();
        let hints: Vec<String> = error.chain().map(|cause| format!("{cause:?}")).collect();
        format!("{error:#} {}", hints.join(" "))
    }

    #[test]
    fn variables_lie_over_the_file() {
        let config = parse(
            "listen = \"127.0.0.1:1\"\n[session]\nidle_seconds = 60",
            &[
                ("ROLEGATE_LISTEN", "127.0.0.1:2"),
                ("ROLEGATE_SESSION_ABSOLUTE_SECONDS", "120"),
                ("ROLEGATE_TRUSTED_PROXIES", "10.0.0.0/8, 127.0.0.1/32"),
            ],
        )
        .unwrap();
        assert_eq!(config.listen.port(), 2);
        assert_eq!((config.session.idle_seconds, config.session.absolute_seconds), (60, 120));
        assert_eq!(config.trusted_proxies.len(), 2);
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_nearest_known_one() {
        assert!(message("databse_url = \"x\"", &[]).contains("`database_url`"));
        assert!(message("[session]\nidle_second = 1", &[]).contains("`session.idle_seconds`"));
        assert!(message("", &[("ROLEGATE_LISTN", "x")]).contains("`ROLEGATE_LISTEN`"));
    }

    #[test]
    fn a_value_of_another_kind_names_its_key() {
        assert!(message("[session]\nidle_seconds = \"soon\"", &[]).contains("session.idle_seconds"));
        assert!(message("listen = \"nowhere\"", &[]).contains("listen"));
    }

    #[test]
    fn every_listed_key_is_one_that_the_structure_knows() {
        for key in KEYS {
            let text = match key.split_once('.') {
                None => format!("{key} = {{}}"),
                Some((section, key)) => format!("[{section}]\n{key} = {{}}"),
            };
            let error = parse(&text, &[]).unwrap_err().to_string();
            assert!(!error.contains("unknown field"), "{key}: {error}");
        }
    }
}
