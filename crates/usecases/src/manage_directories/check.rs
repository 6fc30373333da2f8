//! What a directory's settings have to be, checked before anything is asked of a server with them. Every mistake is named
//! at once, under the key that it is in.

use std::{collections::BTreeSet, ops::RangeInclusive};

use domain::{
    Seconds,
    directory::{
        Connection, Dn, GroupSettings, ImportSchedule, MatchBy, Matching, PersonAttributes, Reach, ServerUrl,
        ServerUrlError, filter,
    },
};
use rustls_pki_types::{CertificateDer, pem::PemObject};

use super::DirectorySettings;
use crate::error::Mistake;

/// The most servers, bases, attributes and ways to match.
const MOST: usize = 50;
/// The longest certificate text, in bytes: some hundred certificates.
const LONGEST_PEM: usize = 256 * 1024;
const TIMEOUT: RangeInclusive<Seconds> = 1..=120;
const PAGE_SIZE: RangeInclusive<u32> = 10..=10_000;
/// A month: whoever wants less often imports on demand.
const LONGEST_INTERVAL: Seconds = 31 * 86_400;
const SHORTEST_INCREMENTAL: Seconds = 60;
const SHORTEST_FULL: Seconds = 900;

/// Every mistake.
pub(super) fn all(settings: &DirectorySettings) -> Vec<Mistake> {
    let mut found = Mistakes::default();
    found.name(&settings.name);
    found.connection(&settings.connection, settings.reach);
    found.bases("people", &settings.people.bases);
    found.filter("people.filter", &settings.people.filter);
    found.attributes(&settings.people.attributes);
    found.groups(&settings.groups);
    found.schedule(&settings.schedule);
    if settings.safeguard_percent > 100 {
        found
            .add("safeguardPercent", format!("`{}` is not between 0 and 100 (never asks)", settings.safeguard_percent));
    }
    found.matching(&settings.matching);
    found.0
}

#[derive(Default)]
struct Mistakes(Vec<Mistake>);

impl Mistakes {
    fn add(&mut self, field: impl Into<String>, cause: impl Into<String>) {
        self.0.push(Mistake { field: field.into(), cause: cause.into() });
    }

    fn name(&mut self, name: &str) {
        let length = name.chars().count();
        if name.trim().is_empty() {
            self.add("name", "The field cannot be left blank");
        } else if length > 100 || name.trim() != name || name.chars().any(char::is_control) || name.contains(',') {
            let what = "a directory's name has 1 to 100 characters, no comma (`appFilter` separates names by it), no control \
                        characters and no blanks at its ends";
            self.add("name", format!("{what}; `{}` is not such a name", clip(name)));
        } else if name.eq_ignore_ascii_case("okta") {
            self.add("name", "`okta` names the groups made here, in `appFilter`: choose another name");
        }
    }

    fn connection(&mut self, connection: &Connection, reach: Reach) {
        if connection.urls.is_empty() {
            self.add("urls", ServerUrlError::None.to_string());
        }
        self.at_most("urls", connection.urls.len());
        for url in &connection.urls {
            match url.parse::<ServerUrl>() {
                Ok(server) if server.ldaps && connection.start_tls => self.add(
                    "startTls",
                    format!("`{}` is secured from the start: StartTLS is for `ldap://` alone", clip(url)),
                ),
                Ok(server) => {
                    if let Err(error) = server.security(connection.start_tls) {
                        self.add("urls", error.to_string());
                    }
                }
                Err(error) => self.add("urls", error.to_string()),
            }
        }
        if let Some(cause) = connection.ca_pem.as_deref().and_then(pem_mistake) {
            self.add("caPem", cause);
        }
        if let Some(bind_dn) = &connection.bind_dn {
            self.bind_dn(bind_dn, reach);
        }
        if !TIMEOUT.contains(&connection.timeout_seconds) {
            self.add("timeout", format!("{} s: 1 s to 2 minutes are possible", connection.timeout_seconds));
        }
        if !PAGE_SIZE.contains(&connection.page_size) {
            self.add("pageSize", format!("`{}` is not between 10 and 10,000", connection.page_size));
        }
    }

    /// Active Directory takes `svc@corp.example.com` and `CORP\svc` too.
    fn bind_dn(&mut self, bind_dn: &str, reach: Reach) {
        if reach == Reach::Agent {
            self.add(
                "bindDn",
                "the agent knows who reads: give `bindDn` to the agent, or reach the directory directly",
            );
        } else if bind_dn.trim().is_empty() || bind_dn.chars().any(char::is_control) || bind_dn.len() > 1_000 {
            self.add("bindDn", "a name of 1 to 1,000 bytes without control characters is expected, or `null`");
        } else if !bind_dn.contains(['@', '\\']) {
            self.dn("bindDn", bind_dn);
        }
    }

    fn bases(&mut self, part: &str, bases: &[String]) {
        let field = format!("{part}.base");
        if bases.is_empty() {
            self.add(&field, "The field cannot be left blank");
        }
        self.at_most(&field, bases.len());
        for base in bases {
            self.dn(&field, base);
        }
    }

    fn dn(&mut self, field: &str, text: &str) {
        match Dn::parse(text) {
            Ok(dn) if dn.depth() == 0 => self.add(field, "a distinguished name is expected, as in `dc=example,dc=com`"),
            Ok(_) => {}
            Err(error) => self.add(field, error.to_string()),
        }
    }

    fn filter(&mut self, field: &str, text: &str) {
        if let Err(error) = filter::check(text) {
            self.add(field, format!("`{}`: {error}", clip(text)));
        }
    }

    fn attributes(&mut self, attributes: &PersonAttributes) {
        let four = [
            ("login", &attributes.login),
            ("email", &attributes.email),
            ("firstName", &attributes.first_name),
            ("lastName", &attributes.last_name),
        ];
        self.at_most("people.attributes", attributes.further.len());
        for (profile, attribute) in four {
            self.attribute(&format!("people.attributes.{profile}"), attribute);
        }
        for (profile, attribute) in &attributes.further {
            if let Some(cause) = profile_name_mistake(profile) {
                self.add("people.attributes", cause);
            }
            self.attribute(&format!("people.attributes.{}", clip(profile)), attribute);
        }
    }

    fn attribute(&mut self, field: &str, name: &str) {
        let mut letters = name.chars();
        let begins = letters.next().is_some_and(|first| first.is_ascii_alphanumeric());
        let goes_on = letters.all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | ';' | '_'));
        if !begins || !goes_on || name.len() > 200 {
            self.add(field, format!("`{}` is not the name of an attribute, as in `givenName`", clip(name)));
        }
    }

    fn groups(&mut self, groups: &GroupSettings) {
        self.bases("groups", &groups.bases);
        self.filter("groups.filter", &groups.filter);
        self.attribute("groups.name", &groups.name);
        self.attribute("groups.description", &groups.description);
    }

    fn schedule(&mut self, schedule: &ImportSchedule) {
        self.interval("schedule.incremental", schedule.incremental_seconds, SHORTEST_INCREMENTAL, "a minute");
        self.interval("schedule.full", schedule.full_seconds, SHORTEST_FULL, "15 minutes");
        if let (Some(incremental), Some(full)) = (schedule.incremental_seconds, schedule.full_seconds)
            && full < incremental
        {
            self.add("schedule.full", "a full import does not run more often than an incremental one");
        }
    }

    fn interval(&mut self, field: &str, seconds: Option<Seconds>, shortest: Seconds, in_words: &str) {
        if seconds.is_some_and(|seconds| !(shortest..=LONGEST_INTERVAL).contains(&seconds)) {
            self.add(field, format!("{in_words} to 31 days are possible, or `null` for imports on demand alone"));
        }
    }

    fn matching(&mut self, matching: &Matching) {
        self.at_most("matching.by", matching.by.len());
        let mut seen = BTreeSet::new();
        for by in &matching.by {
            let name = match by {
                MatchBy::Login => "login",
                MatchBy::Email => "email",
                MatchBy::Attribute(name) => name,
            };
            if !seen.insert(name) {
                self.add("matching.by", format!("`{}` is there twice", clip(name)));
            }
            if matches!(by, MatchBy::Attribute(_))
                && let Some(cause) = profile_name_mistake(name)
            {
                self.add("matching.by", cause);
            }
        }
    }

    fn at_most(&mut self, field: &str, count: usize) {
        if count > MOST {
            self.add(field, format!("{count} are given; at most {MOST} are kept"));
        }
    }
}

/// Why a text holds no certificates.
fn pem_mistake(text: &str) -> Option<String> {
    if text.len() > LONGEST_PEM {
        return Some(format!("{} bytes; at most {LONGEST_PEM} are kept", text.len()));
    }
    if text.contains("PRIVATE KEY-----") {
        return Some("it holds a private key, which does not belong here: only certificates do".to_owned());
    }
    let mut count = 0;
    for found in CertificateDer::pem_slice_iter(text.as_bytes()) {
        match found {
            Ok(certificate) if certificate.first() == Some(&0x30) => count += 1,
            _ => return Some(format!("the certificate after {count} others is not PEM: its text was cut or changed")),
        }
    }
    (count == 0).then(|| {
        "no certificate is in it: a text with `-----BEGIN CERTIFICATE-----` is expected, or `null` for the system's"
            .to_owned()
    })
}

fn profile_name_mistake(name: &str) -> Option<String> {
    let legal = (1..=100).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    (!legal).then(|| {
        format!("`{}`: the name of a profile attribute has 1 to 100 characters, no control characters", clip(name))
    })
}

fn clip(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(100).collect()
}
