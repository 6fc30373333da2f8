//! What clients send about users, turned into what use cases take.

use api::{
    profile::{FieldError, ProfileFields},
    user::{CredentialsRequest, PasswordRequest},
};
use domain::{GroupId, Secret, UserProfile};
use http::StatusCode;
use serde_json::{Map, Value};
use usecases::{Error, manage_users::ProfileChange};

use crate::error::ApiError;

/// A profile with everything that it must have.
pub(super) fn whole_profile(sent: Option<Map<String, Value>>) -> Result<UserProfile, ApiError> {
    let sent = sent.unwrap_or_default();
    ProfileFields::parse(sent).and_then(ProfileFields::complete).map_err(|errors| of_fields(&errors))
}

/// Some attributes of a profile.
pub(super) fn profile_change(sent: Map<String, Value>) -> Result<ProfileChange, ApiError> {
    let ProfileFields { login, email, first_name, last_name, extra } =
        ProfileFields::parse(sent).map_err(|errors| of_fields(&errors))?;
    Ok(ProfileChange { login, email, first_name, last_name, extra })
}

/// E0000001 for the first field, with every field's mistake as a cause.
fn of_fields(errors: &[FieldError]) -> ApiError {
    let field = errors.first().map_or("profile", |error| error.field.as_str());
    let summary = format!("Api validation failed: {field}");
    ApiError {
        causes: errors.iter().map(ToString::to_string).collect(),
        ..ApiError::new(StatusCode::BAD_REQUEST, "E0000001", summary)
    }
}

/// The new password, if there is one.
pub(super) fn password(sent: Option<CredentialsRequest>) -> Result<Option<Secret<String>>, ApiError> {
    let Some(credentials) = sent else { return Ok(None) };
    if let Some(kind) = credentials.provider.and_then(|provider| provider.kind)
        && kind != "OKTA"
    {
        let cause = format!("`{kind}` is not supported: passwords are kept here (`OKTA`)");
        return Err(Error::invalid("credentials.provider.type", cause).into());
    }
    credentials.password.map_or(Ok(None), password_value)
}

fn password_value(sent: PasswordRequest) -> Result<Option<Secret<String>>, ApiError> {
    if sent.hash.is_some() {
        let cause = "hashes from elsewhere are not taken: send the password as `value`, or make the user without one";
        return Err(Error::invalid("credentials.password.hash", cause).into());
    }
    Ok(sent.value)
}

/// A password that must be there.
pub(super) fn required_password(field: &str, sent: PasswordRequest) -> Result<Secret<String>, ApiError> {
    password_value(sent)?.ok_or_else(|| Error::invalid(field, "The field cannot be left blank").into())
}

pub(super) fn group_ids(sent: Option<Vec<String>>) -> Result<Vec<GroupId>, ApiError> {
    let sent = sent.unwrap_or_default();
    if sent.len() > 200 {
        return Err(Error::invalid("groupIds", format!("{} groups; at most 200 at once", sent.len())).into());
    }
    sent.iter().map(|id| GroupId::parse(id).map_err(|_| Error::not_found("UserGroup", id).into())).collect()
}
