//! Users whom a directory owns: what it says of them is not changed here, and their password is its own.

use std::collections::BTreeMap;

use domain::{Directory, DirectoryId, User, UserProfile, directory::PersonAttributes};

use crate::{
    error::{Error, Mistake, Result, StateError},
    services::Services,
};

/// The directory that owns a user.
///
/// # Errors
/// `Store`.
pub(crate) async fn owner(services: &Services, user: &User) -> Result<Option<Directory>> {
    match &user.directory {
        Some(id) => Ok(services.store.directory(id).await?),
        None => Ok(None),
    }
}

/// The directories that own some of these users.
///
/// # Errors
/// `Store`.
pub async fn owners(services: &Services, users: &[User]) -> Result<BTreeMap<DirectoryId, Directory>> {
    if users.iter().all(|user| user.directory.is_none()) {
        return Ok(BTreeMap::new());
    }
    let all = services.store.directories().await?;
    Ok(all.into_iter().map(|directory| (directory.id.clone(), directory)).collect())
}

/// Whether the directory checks the password of the people whom it owns.
pub(crate) fn keeps_passwords(owner: Option<&Directory>) -> Option<&Directory> {
    owner.filter(|directory| directory.delegated_authentication)
}

/// # Errors
/// `State` (E0000014) for somebody whose password a directory keeps.
pub(crate) async fn must_have_password_here(services: &Services, user: &User) -> Result<()> {
    match keeps_passwords(owner(services, user).await?.as_ref()) {
        None => Ok(()),
        Some(directory) => Err(Error::State(StateError::Credentials(format!(
            "`{}` signs in with the password of the directory `{}`: it is set, changed and reset there",
            user.profile.login, directory.name
        )))),
    }
}

/// # Errors
/// `Fields`: what a directory says of its people and what was changed nevertheless.
pub(super) async fn must_leave_to_directory(services: &Services, user: &User, new: &UserProfile) -> Result<()> {
    let Some(directory) = owner(services, user).await? else { return Ok(()) };
    let mistakes: Vec<Mistake> = changed_there(&user.profile, new, &directory.people.attributes)
        .into_iter()
        .map(|(field, attribute)| Mistake {
            field: field.to_owned(),
            cause: format!(
                "it is read from the directory `{}` (attribute `{attribute}`): change it there, and the next import brings it here",
                directory.name
            ),
        })
        .collect();
    if mistakes.is_empty() { Ok(()) } else { Err(Error::Fields(mistakes)) }
}

/// Profile attributes that are different and that the mapping fills, with the directory's attribute.
fn changed_there<'a>(old: &UserProfile, new: &UserProfile, mapping: &'a PersonAttributes) -> Vec<(&'a str, &'a str)> {
    let four = [
        ("login", &mapping.login, old.login.as_str() != new.login.as_str()),
        ("email", &mapping.email, old.email != new.email),
        ("firstName", &mapping.first_name, old.first_name != new.first_name),
        ("lastName", &mapping.last_name, old.last_name != new.last_name),
    ];
    let further = mapping.further.iter().filter(|(name, _)| old.extra.get(*name) != new.extra.get(*name));
    four.into_iter()
        .filter(|(_, _, changed)| *changed)
        .map(|(name, attribute, _)| (name, attribute.as_str()))
        .chain(further.map(|(name, attribute)| (name.as_str(), attribute.as_str())))
        .collect()
}
