//! What a profile may hold beyond what its types promise.

use domain::UserProfile;

use crate::error::{Error, Result};

/// The most characters of a name, as in Okta.
const NAME: usize = 50;
/// The most further attributes.
const ATTRIBUTES: usize = 100;
/// The most bytes that they may take together, as JSON.
const ATTRIBUTE_BYTES: usize = 32 * 1024;

/// # Errors
/// `Invalid` for a name that is too long or has control characters, and for too many or too large attributes.
pub(super) fn check(profile: &UserProfile) -> Result<()> {
    check_name("firstName", &profile.first_name)?;
    check_name("lastName", &profile.last_name)?;
    if profile.extra.len() > ATTRIBUTES {
        let cause = format!("{} further attributes; at most {ATTRIBUTES} are kept", profile.extra.len());
        return Err(Error::invalid("profile", cause));
    }
    let bytes = serde_json::to_vec(&profile.extra).map_or(usize::MAX, |json| json.len());
    if bytes > ATTRIBUTE_BYTES {
        let cause = format!("the further attributes take {bytes} bytes; at most {ATTRIBUTE_BYTES} are kept");
        return Err(Error::invalid("profile", cause));
    }
    Ok(())
}

fn check_name(field: &str, name: &str) -> Result<()> {
    let length = name.chars().count();
    if length > NAME {
        return Err(Error::invalid(field, format!("a name has at most {NAME} characters; this one has {length}")));
    }
    if name.chars().any(char::is_control) {
        return Err(Error::invalid(field, "a name has no control characters"));
    }
    Ok(())
}
