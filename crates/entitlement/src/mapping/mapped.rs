//! The roles that one person has by the names of their groups, each with the whole way: person, management group, role
//! group, rule, ARN, verdict.
//!
//! Decided in two steps, because what the names make says what has to be looked up: [`Mapping::of_person`], then
//! [`MappedRoles::entitlements`].

use domain::{AccountId, App, Group, RoleArn, RoleName};

use super::{Admission, Mapping, MemberGroups, NameReading, Parts, RoleValue, Source, Sources};
use crate::{
    AssignedTo, Catalogue, Entitlement, Reason,
    entitlement::{Granted, decide},
};

/// What a person's groups make, before it is looked up.
#[derive(Debug, Default)]
pub struct MappedRoles {
    roles: Vec<(RoleValue, Vec<Reason>)>,
    /// Groups over whose names the filter took too many steps: they grant nothing, and somebody should know.
    pub exhausted: Vec<String>,
}

impl Mapping {
    /// Reads the names of a person's groups.
    pub fn of_person(&self, groups: &MemberGroups<'_>, sources: &Sources) -> MappedRoles {
        let mut mapped = MappedRoles::default();
        for group in groups.groups() {
            let Some(source) = self.admitted(group, sources) else { continue };
            match self.filter.read(&group.name) {
                NameReading::Match(captured) => {
                    if let Ok(value) = self.pattern.role_value(&captured) {
                        mapped.roles.push((value, reasons(groups, group, source, captured)));
                    }
                }
                NameReading::BudgetExceeded => mapped.exhausted.push(group.name.clone()),
                NameReading::NoMatch | NameReading::TooLong | NameReading::NotAscii => {}
            }
        }
        mapped
    }

    /// The roles that these names make, wherever they come from, by account and name: what [`super::Diagnosis`] looks up.
    pub fn to_look_up<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Vec<(AccountId, RoleName)> {
        let made = names.into_iter().filter_map(|name| match self.filter.read(name) {
            NameReading::Match(captured) => self.pattern.role_value(&captured).ok(),
            _ => None,
        });
        by_name(made.map(|value| (value.role.account(), value.role.name().clone())))
    }

    /// Whether a group's name makes this role, with whatever path: a hint at what would give it.
    pub fn may_make(&self, group: &Group, sources: &Sources, role: &RoleArn) -> bool {
        let Some(NameReading::Match(captured)) = self.admitted(group, sources).map(|_| self.filter.read(&group.name))
        else {
            return false;
        };
        self.pattern.role_value(&captured).is_ok_and(|value| {
            let made = (value.role.partition(), value.role.account(), value.role.name());
            made == (role.partition(), role.account(), role.name())
        })
    }

    /// The group's source, if it may grant.
    fn admitted<'a>(&self, group: &Group, sources: &'a Sources) -> Option<Source<'a>> {
        sources.of(&group.source).filter(|source| self.sources.admits(*source) == Admission::Admitted)
    }
}

/// One for each way to the group.
fn reasons(groups: &MemberGroups<'_>, group: &Group, source: Source<'_>, captured: Parts) -> Vec<Reason> {
    let paths = groups.paths_to(&group.id);
    // The last one is not cloned, and as a rule there is one way.
    let captured = std::iter::repeat_n(captured, paths.len());
    let reason = |(path, captured)| Reason::Mapping {
        group_id: group.id.clone(),
        group_name: group.name.clone(),
        path,
        source: source.word().to_owned(),
        captured,
    };
    paths.into_iter().zip(captured).map(reason).collect()
}

impl MappedRoles {
    /// The roles that [`MappedRoles::entitlements`] looks up, by account and name: their paths are not known yet.
    pub fn to_look_up(&self) -> Vec<(AccountId, RoleName)> {
        by_name(self.roles.iter().map(|(value, _)| (value.role.account(), value.role.name().clone())))
    }

    /// The roles of a person who is assigned to the app: ordered as those of [`crate::assigned()`], each once with all
    /// its reasons. Roles of IAM Identity Center and of AWS services never appear.
    pub fn entitlements(self, to: AssignedTo<'_>, catalogue: &dyn Catalogue) -> Vec<Entitlement> {
        if to.app.is_active() && to.user.is_active() && to.is_assigned() {
            self.decided(to.app, catalogue)
        } else {
            Vec::new()
        }
    }

    /// The same, whether or not the person may use the app.
    pub(crate) fn decided(self, app: &App, catalogue: &dyn Catalogue) -> Vec<Entitlement> {
        let found = self.roles.into_iter().map(|(value, reasons)| Granted {
            role: discovered(value.role, catalogue),
            provider: Some(value.provider),
            reasons,
        });
        let mut granted: Vec<Granted> =
            found.filter(|one| !one.role.is_reserved_sso() && !one.role.is_service_linked()).collect();
        // Stable: of ways of the same length to groups of the same name, those of the first group stay first.
        granted.sort_by(|one, other| (&one.role, &one.provider).cmp(&(&other.role, &other.provider)));
        granted.dedup_by(|later, kept| {
            let same = (&later.role, &later.provider) == (&kept.role, &kept.provider);
            if same {
                kept.reasons.append(&mut later.reasons);
            }
            same
        });
        for one in &mut granted {
            one.reasons.sort_by(|one, other| order(one).cmp(&order(other)));
        }
        one_provider_each(decide(app, granted, catalogue))
    }
}

fn by_name(roles: impl Iterator<Item = (AccountId, RoleName)>) -> Vec<(AccountId, RoleName)> {
    let mut wanted: Vec<(AccountId, RoleName)> = roles.collect();
    wanted.sort_unstable();
    wanted.dedup();
    wanted
}

/// The role as it is in its account: its path is filled in when the pattern writes none. A role's name is unique in an
/// account, whatever its path.
pub(super) fn discovered(written: RoleArn, catalogue: &dyn Catalogue) -> RoleArn {
    if written.path() != "/" || catalogue.role(&written).is_some_and(|role| role.vanished.is_none()) {
        return written;
    }
    let named = catalogue.named(written.partition(), written.account(), written.name());
    let same = named.iter().filter(|role| role.arn.name() == written.name());
    same.min_by_key(|role| role.vanished.is_some()).map_or(written, |role| role.arn.clone())
}

/// The shortest way first.
fn order(reason: &Reason) -> (usize, &str) {
    match reason {
        Reason::Mapping { path, group_name, .. } => (path.len(), group_name),
        Reason::Direct { .. } | Reason::Group { .. } => (0, ""),
    }
}

/// Groups may give one role with several providers, where the pattern takes the provider's name from the group's: one
/// that can be entered is kept.
fn one_provider_each(entitlements: Vec<Entitlement>) -> Vec<Entitlement> {
    let mut kept: Vec<Entitlement> = Vec::with_capacity(entitlements.len());
    for entitlement in entitlements {
        match kept.last_mut().filter(|last| last.role == entitlement.role) {
            None => kept.push(entitlement),
            Some(last) if !last.usability.can_launch() => *last = entitlement,
            Some(_) => {}
        }
    }
    kept
}

#[cfg(test)]
mod tests;
