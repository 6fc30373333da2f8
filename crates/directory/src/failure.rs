//! Every way in which a call can go wrong, in the form that is stored and shown: step, code, message, hint.
//!
//! The code is LDAP's name of a result where the server answered. Ours: `TIMEOUT`, `CONNECTION_REFUSED`, `UNREACHABLE`,
//! `NAME_NOT_FOUND`, `CONNECT`, `CONNECTION_LOST`, `BAD_ANSWER`, `PLAIN_TEXT`, `URL`; of certificates those in
//! `connection::tls`; of readings `FILTER`, `NO_BASE`, `NO_ENTRIES`,
//! `CHANGED_MEANWHILE`, `ABANDONED` and `FULL_IMPORT_NEEDED`; of writing those in `role_groups`.

use std::time::Duration;

use domain::directory::{
    DirectoryError, DirectoryStep, Dn, ServerUrl, ServerUrlError,
    filter::{self},
};
use ldap3::LdapResult;

use crate::{connection::Fault, hints};

/// RFC 4511's names of result codes, and those that were added since.
pub(crate) const fn name(code: u32) -> &'static str {
    match code {
        0 => "success",
        1 => "operationsError",
        2 => "protocolError",
        3 => "timeLimitExceeded",
        4 => "sizeLimitExceeded",
        7 => "authMethodNotSupported",
        8 => "strongerAuthRequired",
        10 => "referral",
        11 => "adminLimitExceeded",
        12 => "unavailableCriticalExtension",
        13 => "confidentialityRequired",
        16 => "noSuchAttribute",
        17 => "undefinedAttributeType",
        18 => "inappropriateMatching",
        19 => "constraintViolation",
        20 => "attributeOrValueExists",
        21 => "invalidAttributeSyntax",
        32 => "noSuchObject",
        34 => "invalidDNSyntax",
        48 => "inappropriateAuthentication",
        49 => "invalidCredentials",
        50 => "insufficientAccessRights",
        51 => "busy",
        52 => "unavailable",
        53 => "unwillingToPerform",
        64 => "namingViolation",
        65 => "objectClassViolation",
        66 => "notAllowedOnNonLeaf",
        68 => "entryAlreadyExists",
        71 => "affectsMultipleDSAs",
        80 => "other",
        4096 => "e-syncRefreshRequired",
        _ => "unknown",
    }
}

/// The server answered with something else than success; `about` is the base or entry that it was about.
pub(crate) fn of_result(
    step: DirectoryStep,
    url: &ServerUrl,
    result: &LdapResult,
    about: Option<&str>,
) -> DirectoryError {
    let step = match (result.rc, step) {
        (32 | 34 | 10, DirectoryStep::Read | DirectoryStep::Filter) => DirectoryStep::Base,
        (_, step) => step,
    };
    let what = about.map(|about| format!(" about `{about}`")).unwrap_or_default();
    let code = name(result.rc);
    let number = if code == "unknown" { format!(" {}", result.rc) } else { String::new() };
    let text = if result.text.is_empty() { "no further word" } else { result.text.trim_end_matches('\0') };
    let message = format!("`{url}` answers{number}{what}: {text}");
    DirectoryError::new(step, code, &message, hints::for_result(step, result, about))
}

/// No answer in time.
pub(crate) fn timed_out(step: DirectoryStep, url: &ServerUrl, limit: Duration) -> DirectoryError {
    let message = format!("`{url}` gave no answer within {} s", limit.as_secs());
    DirectoryError::new(step, "TIMEOUT", &message, hints::timed_out(step))
}

/// The connection is no more, for this reason where it is known.
pub(crate) fn lost(step: DirectoryStep, url: &ServerUrl, fault: Option<&Fault>) -> DirectoryError {
    match fault {
        Some(Fault::Malformed(what)) => DirectoryError::new(
            step,
            "BAD_ANSWER",
            &format!("`{url}` does not answer in LDAP: {what}"),
            hints::bad_answer(url),
        ),
        Some(Fault::Notice(text)) => {
            let message = format!("`{url}` ended the connection: {text}");
            DirectoryError::new(step, "CONNECTION_LOST", &message, hints::lost(url))
        }
        Some(Fault::Broken(error)) => DirectoryError::new(
            step,
            "CONNECTION_LOST",
            &format!("the connection to `{url}` broke: {error}"),
            hints::lost(url),
        ),
        Some(Fault::Closed) | None => {
            DirectoryError::new(step, "CONNECTION_LOST", &format!("`{url}` closed the connection"), hints::lost(url))
        }
    }
}

/// An address that cannot be used.
pub(crate) fn of_url(error: &ServerUrlError) -> DirectoryError {
    let code = if matches!(error, ServerUrlError::PlainText(_)) { "PLAIN_TEXT" } else { "URL" };
    DirectoryError::new(DirectoryStep::Connect, code, &error.to_string(), hints::url())
}

/// A filter of the settings' that is none.
pub(crate) fn check_filter(what: &str, text: &str) -> Result<(), DirectoryError> {
    filter::check(text).map_err(|error| {
        DirectoryError::new(DirectoryStep::Filter, "FILTER", &format!("{what}, `{text}`: {error}"), hints::filter())
    })
}

/// A filter that our check takes and the library does not.
pub(crate) fn filter_not_taken() -> DirectoryError {
    DirectoryError::new(DirectoryStep::Filter, "FILTER", "the filter cannot be encoded", hints::filter())
}

/// A base of the settings' that is no name.
pub(crate) fn check_dn(step: DirectoryStep, text: &str) -> Result<Dn, DirectoryError> {
    Dn::parse(text).map_err(|error| DirectoryError::new(step, "invalidDNSyntax", &error.to_string(), hints::dn()))
}

/// Settings without a base: an import of nothing would take everything away.
pub(crate) fn no_base(of_people: bool) -> DirectoryError {
    let whose = if of_people { "people" } else { "groups" };
    DirectoryError::new(DirectoryStep::Base, "NO_BASE", &format!("no base of {whose} is given"), hints::no_base())
}

/// What was read does not fit together.
pub(crate) fn changed_meanwhile(what: &str) -> DirectoryError {
    DirectoryError::new(DirectoryStep::Read, "CHANGED_MEANWHILE", what, hints::changed_meanwhile())
}

/// Nobody takes the entries any more.
pub(crate) fn abandoned() -> DirectoryError {
    DirectoryError::new(DirectoryStep::Read, "ABANDONED", "the import ended before the reading", hints::abandoned())
}
