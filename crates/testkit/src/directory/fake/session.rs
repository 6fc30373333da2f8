//! The fake as a use case meets it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use domain::{
    Directory, Secret,
    directory::{
        DirectoryEntry, DirectoryError, DirectoryStep, Dn, ExternalId, PersonNow, PersonState, ServerUrl, TestReport,
        TestStep, filter,
    },
};
use ports::directory::{
    Authentication, AuthenticationRefusal, DirectoryResult, DirectorySession, ExistingGroup, GroupChange, ImportCursor,
    ReadingEnd,
};
use tokio::sync::mpsc;

use super::{
    BIND_PASSWORD, SUFFIX,
    matching::matches,
    view::{View, within},
    world::{Entry, World},
};

pub(super) struct FakeSession {
    world: Arc<Mutex<World>>,
    settings: Directory,
    bind_password: Option<Secret<String>>,
}

fn error(step: DirectoryStep, code: &str, message: &str) -> DirectoryError {
    DirectoryError::new(step, code, message, "The fake directory was told to say so.")
}

impl FakeSession {
    pub(super) fn new(world: Arc<Mutex<World>>, settings: Directory, bind_password: Option<Secret<String>>) -> Self {
        Self { world, settings, bind_password }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The steps before anything is read.
    fn connect(&self) -> DirectoryResult<()> {
        if let Some(failure) = &self.world().failure {
            return Err(failure.clone());
        }
        let url = self.settings.connection.urls.first().cloned().unwrap_or_default();
        match url.parse::<ServerUrl>() {
            Ok(url) if url.port != 1 => Ok(()),
            _ => Err(error(DirectoryStep::Connect, "CONNECTION_REFUSED", &format!("`{url}` refused the connection"))),
        }
    }

    fn bind(&self) -> DirectoryResult<()> {
        match &self.bind_password {
            Some(given) if !given.same_as(BIND_PASSWORD.as_bytes()) => {
                Err(error(DirectoryStep::Bind, "invalidCredentials", "wrong password"))
            }
            _ => Ok(()),
        }
    }

    /// The nearest name above a base that is there, in the hint.
    fn check_base(&self, base: &str) -> DirectoryResult<()> {
        let name =
            Dn::parse(base).map_err(|wrong| error(DirectoryStep::Base, "invalidDNSyntax", &wrong.to_string()))?;
        let world = self.world();
        if world.at(&name).is_some() || base.eq_ignore_ascii_case(SUFFIX) {
            return Ok(());
        }
        let mut above = name.parent();
        while let Some(parent) = above.take_if(|parent| world.at(parent).is_none()) {
            above = parent.parent();
        }
        let nearest = above.map_or_else(|| SUFFIX.to_owned(), |dn| dn.to_string());
        Err(DirectoryError::new(
            DirectoryStep::Base,
            "noSuchObject",
            &format!("`{base}` is not there"),
            format!("The nearest that is there is `{nearest}`."),
        ))
    }

    fn check(&self) -> DirectoryResult<()> {
        self.connect()?;
        self.bind()?;
        for (bases, text) in self.scopes() {
            for base in bases {
                self.check_base(base)?;
            }
            filter::check(text).map_err(|wrong| error(DirectoryStep::Filter, "FILTER", &wrong.to_string()))?;
        }
        Ok(())
    }

    fn scopes(&self) -> [(&[String], &str); 2] {
        let (people, groups) = (&self.settings.people, &self.settings.groups);
        [(&people.bases, &people.filter), (&groups.bases, &groups.filter)]
    }

    /// Entries as these settings see them.
    fn view(&self) -> View<'_> {
        View(&self.settings)
    }

    /// What the settings were, as far as they decide what is read.
    fn fingerprint(&self) -> String {
        format!("{:?} {:?}", self.settings.people, self.settings.groups)
    }

    fn cursor(&self, world: &World) -> ImportCursor {
        ImportCursor(format!("{} {} {}", world.epoch, world.revision, self.fingerprint()))
    }

    /// The revision that a cursor stands for.
    fn revision_of(&self, world: &World, cursor: &ImportCursor) -> DirectoryResult<u64> {
        let mut parts = cursor.0.splitn(3, ' ');
        let epoch = parts.next().and_then(|epoch| epoch.parse::<u64>().ok());
        let revision = parts.next().and_then(|revision| revision.parse::<u64>().ok());
        match (epoch, revision, parts.next()) {
            (Some(epoch), Some(revision), Some(settings)) if epoch == world.epoch && settings == self.fingerprint() => {
                Ok(revision)
            }
            _ => Err(DirectoryError::full_import_needed("the cursor leads nowhere any more")),
        }
    }

    /// What a reading has to tell, and where the next one goes on.
    fn told(&self, since: Option<&ImportCursor>) -> DirectoryResult<(Vec<DirectoryEntry>, ImportCursor)> {
        let mut world = self.world();
        if since.is_some() {
            world.readings.1 += 1;
        } else {
            world.readings.0 += 1;
        }
        let cursor = self.cursor(&world);
        let Some(since) = since else {
            let told = world.entries.values().filter_map(|entry| self.view().entry_of(&world, entry)).collect();
            return Ok((told, cursor));
        };
        let revision = self.revision_of(&world, since)?;
        let changed = world.entries.values().filter(|entry| entry.changed > revision);
        let now = changed.map(|entry| {
            self.view().entry_of(&world, entry).unwrap_or_else(|| DirectoryEntry::Gone { id: entry.id.clone() })
        });
        let removed = world.removed.iter().filter(|(at, _)| *at > revision);
        let told = now.chain(removed.map(|(_, id)| DirectoryEntry::Gone { id: id.clone() })).collect();
        Ok((told, cursor))
    }

    fn apply(&self, ou: &Dn, change: &GroupChange) -> DirectoryResult<()> {
        let mut world = self.world();
        let refuse = |what: &str| error(DirectoryStep::Write, "unwillingToPerform", what);
        let group_at = |world: &World, dn: &str| {
            let dn = Dn::parse(dn).map_err(|wrong| refuse(&wrong.to_string()))?;
            if !dn.is_within(ou) || dn.depth() == ou.depth() {
                return Err(refuse("it is not below the OU"));
            }
            Ok(world.at(&dn).map(|entry| (entry.id.clone(), entry.dn.leaf().unwrap_or_default().to_owned())))
        };
        match change {
            GroupChange::Create { name, description } => {
                if name.trim().is_empty() {
                    return Err(refuse("a group needs a name"));
                }
                let dn = ou.child("cn", name).to_string();
                if group_at(&world, &dn)?.is_none() {
                    let classes: (&str, &[&str]) = ("objectClass", &["groupOfNames", "group"]);
                    world.put(&dn, &[classes, ("objectCategory", &["group"]), ("description", &[description])]);
                }
            }
            GroupChange::Describe { dn, description } => {
                let (_, name) = group_at(&world, dn)?.ok_or_else(|| error(DirectoryStep::Write, "noSuchObject", dn))?;
                world.change(&name, |entry| entry.set("description", &[description]));
            }
            GroupChange::Delete { dn } => {
                if let Some((id, _)) = group_at(&world, dn)? {
                    world.remove_id(&id);
                }
            }
        }
        Ok(())
    }
}

/// Collects steps until one fails.
struct Steps(Vec<TestStep>);

impl Steps {
    fn push(&mut self, name: &str, outcome: DirectoryResult<String>) -> Option<()> {
        let (ok, detail, hint) = match outcome {
            Ok(detail) => (true, detail, None),
            Err(error) => (false, error.to_string(), Some(error.hint)),
        };
        self.0.push(TestStep { name: name.to_owned(), ok, detail, hint });
        ok.then_some(())
    }
}

impl FakeSession {
    fn steps(&self, steps: &mut Steps) -> Option<Vec<DirectoryEntry>> {
        steps.push("connect", self.connect().map(|()| "connected".to_owned()))?;
        steps.push("bind", self.bind().map(|()| "bound".to_owned()))?;
        let mut sample = Vec::new();
        for (what, (bases, text)) in ["people", "groups"].into_iter().zip(self.scopes()) {
            let base = bases.iter().try_for_each(|base| self.check_base(base));
            steps.push(&format!("{what} base"), base.map(|()| bases.join("; ")))?;
            let checked =
                filter::check(text).map_err(|wrong| error(DirectoryStep::Filter, "FILTER", &wrong.to_string()));
            steps.push(&format!("{what} filter"), checked.map(|()| text.to_owned()))?;
            let world = self.world();
            let of_kind = |entry: &&Entry| {
                if what == "people" { self.view().is_person(entry) } else { self.view().is_group(entry) }
            };
            let found: Vec<_> = world
                .entries
                .values()
                .filter(of_kind)
                .filter_map(|entry| self.view().entry_of(&world, entry))
                .collect();
            let nobody = what == "people" && found.is_empty();
            let outcome = if nobody {
                Err(error(DirectoryStep::Read, "NO_ENTRIES", "the filter finds nobody"))
            } else {
                Ok(format!("{} {what}", found.len()))
            };
            steps.push(what, outcome)?;
            sample.extend(found.into_iter().take(5));
        }
        Some(sample)
    }
}

#[async_trait]
impl DirectorySession for FakeSession {
    async fn test(&self) -> TestReport {
        let mut steps = Steps(Vec::new());
        let sample = self.steps(&mut steps).unwrap_or_default();
        TestReport { steps: steps.0, sample }
    }

    async fn read(
        &self,
        since: Option<&ImportCursor>,
        entries: mpsc::Sender<DirectoryEntry>,
    ) -> DirectoryResult<ReadingEnd> {
        self.check()?;
        let (told, cursor) = self.told(since)?;
        let (breaks_after, hangs_after, mut goes_on) = {
            let world = self.world();
            (world.breaks_after, world.hangs_after, world.goes_on.subscribe())
        };
        for (count, entry) in told.into_iter().enumerate() {
            if breaks_after == Some(count) {
                return Err(error(DirectoryStep::Read, "TIMEOUT", "the server stopped to answer"));
            }
            if hangs_after == Some(count) {
                let gone_with_the_fake = |_| error(DirectoryStep::Read, "TIMEOUT", "the server stopped to answer");
                goes_on.changed().await.map_err(gone_with_the_fake)?;
            }
            let gone = |_| error(DirectoryStep::Read, "ABANDONED", "nobody takes the entries any more");
            entries.send(entry).await.map_err(gone)?;
        }
        Ok(ReadingEnd { cursor: Some(cursor) })
    }

    async fn authenticate(&self, login: &str, password: &Secret<String>) -> DirectoryResult<Authentication> {
        self.world().authentications.push(login.to_owned());
        self.check()?;
        let world = self.world();
        let attribute = &self.settings.people.attributes.login;
        let has_login = |entry: &&Entry| entry.values(attribute).iter().any(|value| value.eq_ignore_ascii_case(login));
        let found: Vec<&Entry> =
            world.entries.values().filter(|entry| self.view().is_person(entry)).filter(has_login).collect();
        let [entry] = &*found else {
            return Ok(Authentication::Refused { why: AuthenticationRefusal::UnknownPerson, id: None });
        };
        let refused = |why| Ok(Authentication::Refused { why, id: Some(entry.id.clone()) });
        if !password.same_as(entry.password.as_bytes()) {
            return refused(AuthenticationRefusal::WrongPassword);
        }
        match (entry.refusal, entry.state) {
            (Some(why), _) => refused(why),
            (None, PersonState::Disabled) => refused(AuthenticationRefusal::Disabled),
            (None, PersonState::Expired) => refused(AuthenticationRefusal::AccountExpired),
            (None, PersonState::Locked) => refused(AuthenticationRefusal::Locked),
            (None, PersonState::Active) => Ok(Authentication::Accepted(Box::new(self.view().now(&world, entry)))),
        }
    }

    async fn person(&self, id: &ExternalId) -> DirectoryResult<Option<PersonNow>> {
        self.check()?;
        let world = self.world();
        let entry = world.entries.get(id).filter(|entry| self.view().is_person(entry));
        Ok(entry.map(|entry| self.view().now(&world, entry)))
    }

    async fn groups_in(&self, ou: &str) -> DirectoryResult<Vec<ExistingGroup>> {
        self.check()?;
        self.check_base(ou)?;
        let world = self.world();
        let groups = world
            .entries
            .values()
            .filter(|entry| within(&[ou.to_owned()], entry) && matches("(objectClass=group)", entry));
        let existing = |entry: &Entry| ExistingGroup {
            dn: entry.dn.to_string(),
            name: entry.value(&self.settings.groups.name).unwrap_or_default(),
            description: entry.value(&self.settings.groups.description).unwrap_or_default(),
            has_members: !entry.members.is_empty(),
        };
        Ok(groups.map(existing).collect())
    }

    async fn change_groups(&self, ou: &str, changes: &[GroupChange]) -> DirectoryResult<Vec<DirectoryResult<()>>> {
        self.check()?;
        self.check_base(ou)?;
        let ou = Dn::parse(ou).map_err(|wrong| error(DirectoryStep::Base, "invalidDNSyntax", &wrong.to_string()))?;
        Ok(changes.iter().map(|change| self.apply(&ou, change)).collect())
    }
}
