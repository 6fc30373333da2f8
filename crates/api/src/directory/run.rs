//! Imports, "test connection", and people who wait for an administrator's word.

use std::collections::BTreeMap;

use domain::{
    Timestamp, User,
    directory::{
        DirectoryEntry, DirectoryError, DirectoryGroup, DirectoryPerson, EntryProblem, GroupCounts, HeldBack,
        ImportKind, ImportProgress, ImportRun, ImportStatus, ImportTrigger, MembershipCounts, PeopleCounts,
        PersonState, TestReport, TestStep,
    },
};
use serde::{Deserialize, Serialize};

/// Body of `POST import`; may be left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ImportRequest {
    /// `full` (default) or `incremental`.
    pub kind: Option<ImportKind>,
    /// Only shows what it would do.
    pub dry_run: bool,
}

/// One import.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// Names it: `GET runs/{id}`.
    pub id: String,
    /// `full`, `incremental`
    pub kind: ImportKind,
    /// What set it off.
    pub trigger: ImportTrigger,
    /// Whether it only shows what it would do.
    pub dry_run: bool,
    /// `PENDING`, `RUNNING`, `SUCCEEDED`, `HELD`, `FAILED`
    pub status: ImportStatus,
    /// When it began.
    pub started: Timestamp,
    /// When it ended, or since when it is held.
    pub finished: Option<Timestamp>,
    /// What was read.
    pub progress: ImportProgress,
    /// What happened, or would happen, to people.
    pub people: PeopleCounts,
    /// To groups.
    pub groups: GroupCounts,
    /// To memberships.
    pub memberships: MembershipCounts,
    /// Entries that were left out, the first 100.
    pub problems: Vec<EntryProblem>,
    /// Why it is held.
    pub held: Option<HeldBack>,
    /// Why it failed.
    pub error: Option<DirectoryError>,
}

impl From<ImportRun> for Run {
    fn from(run: ImportRun) -> Self {
        Self {
            id: run.id.to_string(),
            kind: run.kind,
            trigger: run.trigger,
            dry_run: run.dry_run,
            status: run.status,
            started: run.started,
            finished: run.finished,
            progress: run.progress,
            people: run.people,
            groups: run.groups,
            memberships: run.memberships,
            problems: run.problems,
            held: run.held,
            error: run.error,
        }
    }
}

/// Answer of `POST test`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestAnswer {
    /// Whether every step worked.
    pub ok: bool,
    /// In order, up to the first that failed.
    pub steps: Vec<TestStep>,
    /// Some real entries as they would be imported.
    pub sample: Sample,
}

/// Real entries through the settings' mapping.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Sample {
    /// People as users.
    pub people: Vec<TestedPerson>,
    /// Groups.
    pub groups: Vec<TestedGroup>,
    /// What would be left out, and why.
    pub problems: Vec<EntryProblem>,
}

/// A person as a user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestedPerson {
    /// Where the entry is.
    pub dn: String,
    /// Its unchanging id.
    pub external_id: String,
    /// Whether the directory lets the person in.
    pub state: PersonState,
    /// The profile that it becomes: `null` where the entry has no value.
    pub profile: BTreeMap<String, Option<String>>,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestedGroup {
    /// Where the entry is.
    pub dn: String,
    /// Its unchanging id.
    pub external_id: String,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// People and groups directly in it.
    pub members: usize,
}

impl From<DirectoryPerson> for TestedPerson {
    fn from(person: DirectoryPerson) -> Self {
        let mut profile: BTreeMap<String, Option<String>> =
            person.further.into_iter().map(|(name, value)| (name, Some(value))).collect();
        let four = [
            ("login", person.login),
            ("email", person.email),
            ("firstName", person.first_name),
            ("lastName", person.last_name),
        ];
        profile.extend(four.map(|(name, value)| (name.to_owned(), value)));
        Self { dn: person.dn, external_id: person.id.into(), state: person.state, profile }
    }
}

impl From<DirectoryGroup> for TestedGroup {
    fn from(group: DirectoryGroup) -> Self {
        Self {
            dn: group.dn,
            external_id: group.id.into(),
            name: group.name,
            description: group.description,
            members: group.members.len(),
        }
    }
}

impl From<TestReport> for TestAnswer {
    fn from(report: TestReport) -> Self {
        let ok = report.ok();
        let mut sample = Sample::default();
        for entry in report.sample {
            match entry {
                DirectoryEntry::Person(person) => match person.problem {
                    Some(problem) => sample.problems.push(problem),
                    None => sample.people.push((*person).into()),
                },
                DirectoryEntry::Group(group) => sample.groups.push((*group).into()),
                DirectoryEntry::Problem(problem) => sample.problems.push(problem),
                DirectoryEntry::Gone { .. } => {}
            }
        }
        Self { ok, steps: report.steps, sample }
    }
}

/// A person who waits for an administrator's word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PendingMatch {
    /// Names it: `POST matches/{entry}`.
    pub entry: String,
    /// As read.
    pub person: TestedPerson,
    /// Users that it may be.
    pub candidates: Vec<Candidate>,
    /// What makes it unsure: `SEVERAL_USERS`, `NAME_DIFFERS`, `NOT_AUTOMATIC`, `OF_A_DIRECTORY`, `LOGIN_TAKEN`.
    pub why: String,
    /// When the entry was read last.
    pub seen: Timestamp,
}

/// A user that an entry may be, or became.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
    /// `00u…`
    pub id: String,
    /// The login.
    pub login: String,
    /// First and last name.
    pub name: String,
}

impl From<&User> for Candidate {
    fn from(user: &User) -> Self {
        Self { id: user.id.to_string(), login: user.profile.login.to_string(), name: user.display_name() }
    }
}

/// Body of `POST matches/{entry}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// `EXISTING` (with `userId`), `NEW`, `IGNORE`
    pub decision: DecisionWord,
    /// Which user it is: id or login.
    #[serde(default)]
    pub user_id: Option<String>,
}

/// Who somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DecisionWord {
    /// A user who is there.
    Existing,
    /// Somebody new.
    New,
    /// Nobody who is to be here.
    Ignore,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decided {
    /// The entry.
    pub entry: String,
    /// `HERE`: it counts already. `LATER`: with the next import of everything, or when the person signs in. `LEFT_OUT`.
    pub effect: DecisionEffect,
    /// The user that the person is, when here.
    pub user: Option<Candidate>,
    /// Why it counts later.
    pub why: Option<String>,
}

/// When a decision counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DecisionEffect {
    /// Already.
    Here,
    /// With the next import of everything, or when the person signs in.
    Later,
    /// The person is left out.
    LeftOut,
}
