//! The ring rules of ARCHITECTURE.md as a table, held against `cargo metadata`.
//!
//! A crate may use the crates that its row names and no other of ours; libraries that embody a decision (SQL, HTTP, the
//! AWS SDK, cryptography) may be used only where their row says. Dependencies of tests are free.

use std::{collections::BTreeMap, process::Command};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// Which of our crates each of our crates may use.
const EDGES: &[(&str, &[&str])] = &[
    ("rolegate-domain", &[]),
    ("rolegate-saml", &["rolegate-domain"]),
    ("rolegate-entitlement", &["rolegate-domain"]),
    ("rolegate-api", &["rolegate-domain"]),
    ("rolegate-ports", &["rolegate-domain"]),
    ("rolegate-usecases", &["rolegate-domain", "rolegate-saml", "rolegate-entitlement", "rolegate-ports"]),
    ("rolegate-store", &["rolegate-domain", "rolegate-ports"]),
    ("rolegate-aws", &["rolegate-domain", "rolegate-ports", "rolegate-entitlement"]),
    ("rolegate-directory", &["rolegate-domain", "rolegate-ports"]),
    ("rolegate-keys", &["rolegate-domain", "rolegate-ports"]),
    (
        "rolegate-web",
        &["rolegate-domain", "rolegate-saml", "rolegate-entitlement", "rolegate-api", "rolegate-usecases"],
    ),
    ("rolegate-client", &["rolegate-domain", "rolegate-api"]),
    ("rolegate-testkit", &["rolegate-domain", "rolegate-ports"]),
    (
        "rolegate",
        &[
            "rolegate-domain",
            "rolegate-saml",
            "rolegate-entitlement",
            "rolegate-api",
            "rolegate-ports",
            "rolegate-usecases",
            "rolegate-store",
            "rolegate-aws",
            "rolegate-directory",
            "rolegate-keys",
            "rolegate-web",
            "rolegate-client",
        ],
    ),
    ("rolegate-bench", &[]),
    ("xtask", &[]),
];

/// Which crates may use a library; a name that ends in `*` is a prefix.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("sqlx", &["rolegate-store"]),
    ("rusqlite", &["rolegate-store"]),
    ("axum", &["rolegate-web", "rolegate"]),
    ("askama", &["rolegate-web"]),
    ("ldap3", &["rolegate-directory"]),
    ("aws-config", &["rolegate-aws"]),
    ("aws-sdk-*", &["rolegate-aws"]),
    ("aws-smithy-*", &["rolegate-aws"]),
    ("aws-lc-rs", &["rolegate-keys", "rolegate-saml"]),
    ("argon2", &["rolegate-keys"]),
    ("rcgen", &["rolegate-keys"]),
    ("quick-xml", &["rolegate-saml", "rolegate-aws"]),
    ("fancy-regex", &["rolegate-entitlement"]),
    ("anyhow", &["rolegate", "xtask"]),
    ("clap", &["rolegate"]),
    ("reqwest", &["rolegate", "rolegate-client"]),
];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
}

/// Checks every crate of the workspace.
///
/// # Errors
/// When an edge is forbidden, a crate has no row, or cargo does not answer.
pub fn check() -> Result<String> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .output()
        .context("cargo metadata could not be started")?;
    if !output.status.success() {
        bail!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    let metadata: Metadata = serde_json::from_slice(&output.stdout).context("cargo metadata is not the JSON it was")?;
    let broken = violations(&metadata);
    if broken.is_empty() {
        Ok(format!("layers: {} crates keep the ring rules", metadata.packages.len()))
    } else {
        bail!("{}\nhint: the rules and their reasons are in ARCHITECTURE.md", broken.join("\n"))
    }
}

fn violations(metadata: &Metadata) -> Vec<String> {
    let edges: BTreeMap<&str, &[&str]> = EDGES.iter().copied().collect();
    let mut broken = Vec::new();
    for package in &metadata.packages {
        let Some(allowed) = edges.get(package.name.as_str()) else {
            broken.push(format!("`{}` has no row in xtask/src/layers.rs", package.name));
            continue;
        };
        for dependency in package.dependencies.iter().filter(|dependency| dependency.kind.is_none()) {
            let ours = dependency.name.starts_with("rolegate");
            if ours && !allowed.contains(&dependency.name.as_str()) {
                broken.push(format!("`{}` may not use `{}`", package.name, dependency.name));
            }
            for (library, users) in LIBRARIES {
                if matches(library, &dependency.name) && !users.contains(&package.name.as_str()) {
                    broken.push(format!("`{}` may not use the library `{}`", package.name, dependency.name));
                }
            }
        }
    }
    broken
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, dependencies: &[&str]) -> Metadata {
        let dependencies =
            dependencies.iter().map(|name| Dependency { name: (*name).to_owned(), kind: None }).collect();
        Metadata { packages: vec![Package { name: name.to_owned(), dependencies }] }
    }

    #[test]
    fn an_adapter_that_sees_another_adapter_is_reported() {
        let found = violations(&package("rolegate-store", &["rolegate-domain", "rolegate-aws"]));
        assert_eq!(found, ["`rolegate-store` may not use `rolegate-aws`"]);
    }

    #[test]
    fn sql_outside_the_store_and_an_unknown_crate_are_reported() {
        assert_eq!(violations(&package("rolegate-web", &["sqlx"])).len(), 1);
        assert_eq!(violations(&package("rolegate-new", &[])).len(), 1);
        assert!(violations(&package("rolegate-aws", &["aws-sdk-iam"])).is_empty());
    }
}
