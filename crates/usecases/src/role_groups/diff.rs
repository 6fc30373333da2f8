//! What has to change so that every role has its group. Pure: the same groups give the same difference, and what was
//! shown is what is done.

use std::collections::HashMap;

use super::{
    name::NameReader,
    wanted::{KnownRoles, WantedGroup},
};

/// A group that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Existing {
    /// Where: a DN, or a local group's id.
    pub place: String,
    /// Where it comes from, as `appFilter` names it.
    pub source: String,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// Whether anybody is in it; absent where that was not asked.
    pub has_members: Option<bool>,
}

/// A group whose description changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// The group as it is.
    pub group: Existing,
    /// The new description.
    pub description: String,
}

/// A group that is named like a role group and answers to no role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orphan {
    /// The group.
    pub group: Existing,
    /// `role_gone`, `role_refused`, `account_unknown`, `renamed`.
    pub code: &'static str,
    /// One sentence.
    pub what: String,
}

/// A group that should be there and cannot be made as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// The wanted group.
    pub group: WantedGroup,
    /// `name_too_long`, `name_not_allowed`, `name_taken_twice`, `case_differs`.
    pub code: &'static str,
    /// One sentence.
    pub what: String,
    /// What to do about it.
    pub fix: String,
}

/// The difference between what is wanted and what is there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference {
    /// To be made.
    pub create: Vec<WantedGroup>,
    /// To be described anew.
    pub describe: Vec<Described>,
    /// As they should be.
    pub unchanged: usize,
    /// Named like a role group, but no role answers to it. Removed only when that was asked for.
    pub orphaned: Vec<Orphan>,
    /// Whether the orphaned ones are removed.
    pub delete_orphaned: bool,
    /// Cannot be made.
    pub obstacles: Vec<Obstacle>,
}

impl Difference {
    /// The orphaned groups that applying removes.
    pub fn deleted(&self) -> &[Orphan] {
        if self.delete_orphaned { &self.orphaned } else { &[] }
    }

    /// Everything that applying does, as one text: two differences that do the same have the same.
    pub(super) fn fingerprint(&self) -> String {
        let mut lines: Vec<String> = Vec::new();
        lines.extend(self.create.iter().map(|group| format!("+\0{}\0{}", group.name, group.description)));
        lines.extend(self.describe.iter().map(|change| format!("~\0{}\0{}", change.group.place, change.description)));
        lines.extend(self.deleted().iter().map(|orphan| format!("-\0{}", orphan.group.place)));
        lines.sort_unstable();
        lines.join("\0\0")
    }
}

/// What the place of the groups asks of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Characters of a name, at most.
    pub(super) name: usize,
    /// Characters of a description, at most; longer ones are cut.
    pub(super) description: usize,
    /// Whether the place would keep this name as it is.
    pub(super) keeps: fn(&str) -> bool,
}

/// What was compared with what, and how.
pub(super) struct Comparison<'a> {
    pub(super) roles: &'a KnownRoles,
    pub(super) existing: Vec<Existing>,
    pub(super) reader: &'a NameReader,
    pub(super) limits: Limits,
    pub(super) delete_orphaned: bool,
}

impl Comparison<'_> {
    /// Compares. Names are compared as directories do, without regard to case.
    pub(super) fn difference(self) -> Difference {
        let mut difference = Difference { delete_orphaned: self.delete_orphaned, ..Difference::default() };
        let mut there: HashMap<String, Vec<Existing>> = HashMap::new();
        for group in self.existing {
            there.entry(group.name.to_lowercase()).or_default().push(group);
        }
        let wanted = by_name(&self.roles.wanted);
        for group in &self.roles.wanted {
            let folded = group.name.to_lowercase();
            let twins = wanted.get(&folded).map(Vec::as_slice).unwrap_or_default();
            let found = there.remove(&folded).unwrap_or_default();
            match obstacle(group, &found, twins, self.limits) {
                Some(obstacle) => difference.obstacles.push(obstacle),
                None => difference.settle(group, found, self.limits),
            }
        }
        let strangers = there.into_values().flatten();
        difference.orphaned = strangers.filter_map(|group| orphan(self.roles, self.reader, group)).collect();
        difference
            .orphaned
            .sort_by(|one, other| (&one.group.name, &one.group.place).cmp(&(&other.group.name, &other.group.place)));
        difference
    }
}

impl Difference {
    /// Nothing is in the way of this group. A description that the template leaves empty is left as it is.
    fn settle(&mut self, group: &WantedGroup, found: Vec<Existing>, limits: Limits) {
        let description: String = group.description.chars().take(limits.description).collect();
        let mut found = found.into_iter().filter(|found| found.name == group.name).peekable();
        if found.peek().is_none() {
            self.create.push(WantedGroup { description, ..group.clone() });
            return;
        }
        for group in found {
            if description.is_empty() || group.description == description {
                self.unchanged += 1;
            } else {
                self.describe.push(Described { group, description: description.clone() });
            }
        }
    }
}

/// A group that no role wants, if its name reads as a role group's.
pub(super) fn orphan(roles: &KnownRoles, reader: &NameReader, group: Existing) -> Option<Orphan> {
    let (account, role) = reader.read(&group.name)?;
    let (code, what) = roles.why_orphaned(&group.name, account, &role)?;
    Some(Orphan { group, code, what })
}

fn by_name(wanted: &[WantedGroup]) -> HashMap<String, Vec<&WantedGroup>> {
    let mut named: HashMap<String, Vec<&WantedGroup>> = HashMap::new();
    for group in wanted {
        named.entry(group.name.to_lowercase()).or_default().push(group);
    }
    named
}

fn obstacle(group: &WantedGroup, found: &[Existing], twins: &[&WantedGroup], limits: Limits) -> Option<Obstacle> {
    let name = &group.name;
    let length = name.chars().count();
    let (code, what, fix) = if twins.len() > 1 {
        let roles: Vec<String> = twins.iter().map(|twin| format!("`{}`", twin.role)).collect();
        (
            "name_taken_twice",
            format!("`{name}` would be the name of several roles' groups: {}", roles.join(", ")),
            "refresh the account; where both roles are there, rename one of them".to_owned(),
        )
    } else if length > limits.name {
        (
            "name_too_long",
            format!("`{name}` has {length} characters, and a group's name has at most {} here", limits.name),
            "shorten the template (leave `${alias}` out), the account's alias or the role's name".to_owned(),
        )
    } else if !(limits.keeps)(name) {
        (
            "name_not_allowed",
            format!("`{name}` holds characters that the attribute which names groups does not take"),
            "have the directory's groups named by `cn` (`groups.name`), or rename the role".to_owned(),
        )
    } else if let Some(other) = found.first().filter(|_| found.iter().all(|found| found.name != *name)) {
        (
            "case_differs",
            format!("`{name}` is there as `{}`, and group mapping reads case exactly", other.name),
            format!("rename `{}` to `{name}` where it is", other.place),
        )
    } else {
        return None;
    };
    Some(Obstacle { group: group.clone(), code, what, fix })
}

#[cfg(test)]
mod tests;
