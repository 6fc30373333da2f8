//! What becomes of one group, and if nothing does, why: for administrators, who would else see an empty list in AWS.

mod near_miss;

use domain::{App, Group, GroupId, ProviderArn, RoleArn};
use serde::Serialize;

use super::{
    Mapping, NameReading, Parts, RoleValue, Source, Sources,
    app_filter::Admission,
    expression::{Expression, Follower, MAX_NAME, Reading, Relaxed},
    mapped::discovered,
};
use crate::{Catalogue, Finding, Usability, check::Subject, trust::ProviderRule};

pub use near_miss::{MissCode, NearMiss};

/// What becomes of one group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupOutcome {
    /// The group; absent for a name that was made up.
    pub group_id: Option<GroupId>,
    /// Its name.
    pub group_name: String,
    /// Where it comes from, as `appFilter` names it; absent for a name that was made up.
    pub source: Option<String>,
    /// What the parts of the group filter take of its name; empty when it does not match.
    pub captured: Parts,
    /// The role that it makes, as it is in the account; absent when it makes none.
    pub role: Option<RoleArn>,
    /// The provider that is sent with the role.
    pub provider: Option<ProviderArn>,
    /// Whether the role can be entered.
    pub usability: Option<Usability>,
    /// Why it gives nothing, or nothing that is certain, when that was probably not meant.
    pub miss: Option<NearMiss>,
}

impl GroupOutcome {
    fn nothing(name: &str) -> Self {
        Self {
            group_id: None,
            group_name: name.to_owned(),
            source: None,
            captured: Parts::default(),
            role: None,
            provider: None,
            usability: None,
            miss: None,
        }
    }

    /// The role that somebody in the group can enter by it.
    pub fn granted(&self) -> Option<&RoleArn> {
        self.role.as_ref().filter(|_| self.usability.as_ref().is_some_and(Usability::can_launch))
    }
}

/// A mapping with what is needed to say why a name does not match. Made once for many groups.
#[derive(Debug)]
pub struct Diagnosis<'a> {
    app: &'a App,
    sends: ProviderRule,
    mapping: &'a Mapping,
    sources: &'a Sources,
    /// Matches in any case of letters.
    folded: Option<Expression>,
    /// Matches a part of a name.
    part: Option<Expression>,
    /// One for each part: what if it took anything?
    relaxed: Vec<Relaxed>,
    follower: Option<Follower>,
    /// With what every match begins.
    prefix: String,
}

impl<'a> Diagnosis<'a> {
    /// For `app` with this mapping, which need not be the one of its settings.
    pub fn new(app: &'a App, mapping: &'a Mapping, sources: &'a Sources) -> Self {
        let expression = &mapping.filter.expression;
        Self {
            app,
            sends: ProviderRule::of(app),
            mapping,
            sources,
            folded: expression.ignoring_case().ok(),
            part: expression.of_a_part().ok(),
            relaxed: expression.relaxed(),
            follower: expression.follower(),
            prefix: expression.prefix(),
        }
    }

    /// What becomes of a group.
    pub fn of(&self, group: &Group, catalogue: &dyn Catalogue) -> GroupOutcome {
        let source = self.sources.of(&group.source);
        let mut outcome = match self.not_admitted(source) {
            None => self.of_name(&group.name, catalogue),
            Some(miss) => GroupOutcome {
                // What would not match anyway need not be told.
                miss: matches!(self.mapping.filter.read(&group.name), NameReading::Match(_)).then_some(miss),
                ..GroupOutcome::nothing(&group.name)
            },
        };
        outcome.group_id = Some(group.id.clone());
        outcome.source = Some(source.map_or_else(String::new, |source| source.word().to_owned()));
        outcome
    }

    /// What becomes of a group of this name, wherever it comes from.
    pub fn of_name(&self, name: &str, catalogue: &dyn Catalogue) -> GroupOutcome {
        let mut outcome = GroupOutcome::nothing(name);
        outcome.miss = match self.mapping.filter.read(name) {
            NameReading::Match(captured) => {
                let value = self.mapping.pattern.role_value(&captured);
                outcome.captured = captured;
                match value {
                    Ok(value) => self.look_up(value, catalogue, &mut outcome),
                    Err(miss) => Some(NearMiss::of_role_value(&miss)),
                }
            }
            NameReading::NoMatch => self.no_match(name),
            NameReading::TooLong => Some(NearMiss::too_long(MAX_NAME)),
            NameReading::NotAscii => self.not_ascii(name),
            NameReading::BudgetExceeded => Some(NearMiss::budget_exceeded()),
        };
        outcome
    }

    /// The role that a name would make if its case were right, or `None`.
    pub fn role_in_another_case(&self, name: &str) -> Option<RoleArn> {
        let taken = self.folded.as_ref()?.read_whole(name)?;
        let value = self.mapping.pattern.role_value(&self.mapping.filter.named(taken)).ok()?;
        Some(value.role)
    }

    fn not_admitted(&self, source: Option<Source<'_>>) -> Option<NearMiss> {
        let Some(source) = source else { return Some(NearMiss::no_source()) };
        match self.mapping.sources.admits(source) {
            Admission::Admitted => None,
            Admission::NotNamed => Some(NearMiss::source_filtered(source.word())),
            Admission::Inactive => Some(NearMiss::directory_inactive(source.word())),
        }
    }

    fn look_up(&self, value: RoleValue, catalogue: &dyn Catalogue, outcome: &mut GroupOutcome) -> Option<NearMiss> {
        let role = discovered(value.role, catalogue);
        let usability =
            Usability::of(&Subject::look_up(self.app, &self.sends, &role, Some(&value.provider), catalogue));
        let miss = match &usability {
            Usability::Usable => None,
            Usability::Warned { warnings } => {
                warnings.iter().find(|warning| warning.code == "account_not_discovered").map(NearMiss::account_unknown)
            }
            Usability::Refused { refusal } => Some(refused(&role, refusal, catalogue)),
        };
        outcome.provider = Some(value.provider);
        outcome.usability = Some(usability);
        outcome.role = Some(role);
        miss
    }

    fn no_match(&self, name: &str) -> Option<NearMiss> {
        if self.folded.as_ref().and_then(|folded| folded.read_whole(name)).is_some() {
            return Some(NearMiss::name_case());
        }
        if let Some(Reading::Match(range, _)) = self.part.as_ref().map(|part| part.read(name))
            && let Some(matched) = name.get(range).filter(|matched| !matched.is_empty())
        {
            return Some(NearMiss::part_only(matched));
        }
        if self.prefix.is_empty() || !name.starts_with(&self.prefix) {
            return None;
        }
        let obstacle = self.relaxed.iter().find_map(|relaxed| Some((&relaxed.name, relaxed.obstacle(name)?)));
        if let Some((part, (text, stop))) = obstacle {
            return Some(NearMiss::part_differs(part, &text, &stop));
        }
        let stop = self.follower.as_ref()?.stop(name)?;
        Some(NearMiss::name_differs(name, &stop))
    }

    /// A near miss only if everything else about the name fits.
    fn not_ascii(&self, name: &str) -> Option<NearMiss> {
        let foreign = |character: &char| !matches!(character, ' '..='~');
        let first = name.chars().find(foreign)?;
        let plain: String = name.chars().map(|character| if foreign(&character) { 'x' } else { character }).collect();
        let near = matches!(self.mapping.filter.read(&plain), NameReading::Match(_))
            || !self.prefix.is_empty() && name.starts_with(&self.prefix);
        near.then(|| NearMiss::not_ascii(first))
    }
}

/// The role that the name makes cannot be entered.
fn refused(role: &RoleArn, refusal: &Finding, catalogue: &dyn Catalogue) -> NearMiss {
    match refusal.code.as_str() {
        "reserved_sso" | "service_linked" => NearMiss::of_finding(MissCode::RoleKind, refusal),
        "account_suspended" => NearMiss::of_finding(MissCode::AccountSuspended, refusal),
        "role_not_discovered" | "role_vanished" => {
            let named = catalogue.named(role.partition(), role.account(), role.name());
            match named.iter().find(|twin| twin.vanished.is_none()) {
                Some(twin) if twin.arn.name() != role.name() => NearMiss::role_case(role, &twin.arn),
                Some(twin) => NearMiss::role_path(role, &twin.arn),
                None => NearMiss::of_finding(MissCode::RoleNotDiscovered, refusal),
            }
        }
        _ => NearMiss::of_finding(MissCode::RoleNotTrusted, refusal),
    }
}

#[cfg(test)]
mod tests;
