//! How fast imports are staged and applied on this machine, as JSON on stdout:
//! `cargo run --release -p rolegate-store --example import_staging -- DIRECTORY PEOPLE GROUPS`.
//!
//! `processor_ms` is what it costs on a machine that does something else beside it. On a file, durable as in production. What is staged is a first import: everything new, five memberships for each person,
//! groups ten deep in each other. `held_ms` is for how long others had to wait for the writer at most.
#![expect(clippy::print_stdout, reason = "its figures are its output")]

use std::time::{Duration, Instant};

use domain::{
    Directory, Group, User, UserProfile,
    directory::{EntryKey, ExternalId, PersonState},
};
use ports::{
    EntryReader as _, GroupEntry, GroupReader as _, Members, PersonEntry, Stage, StagingReader as _, Store, StoreError,
    StoreResult, UnitOfWork,
};
use rolegate_store::{SqliteOptions, SqliteStore};
use testkit::{CountingEntropy, sample};

/// People of one transaction.
const PEOPLE_AT_ONCE: usize = 5_000;
/// Memberships of one transaction.
const MEMBERS_AT_ONCE: usize = 50_000;

#[tokio::main]
async fn main() -> StoreResult<()> {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments.next().unwrap_or_else(|| ".".to_owned());
    let mut number = |usual| arguments.next().and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (people, groups) = (number(50_000), number(5_000));
    let path = std::path::Path::new(&directory).join("import.db");
    if path.exists() {
        return Err(StoreError::Unavailable { message: format!("`{}` exists already", path.display()) });
    }
    let store = SqliteStore::open(&SqliteOptions::file(&path)).await?;
    let corp = sample::directory("corp");
    let mut unit = store.begin().await?;
    unit.insert_directory(&corp).await?;
    unit.commit().await?;
    first_import(&store, &corp, people, groups).await?;
    store.close().await;
    for end in ["", "-wal", "-shm"] {
        std::fs::remove_file(format!("{}{end}", path.display())).ok();
    }
    Ok(())
}

fn report(name: &str, figure: f64) {
    println!("{{\"{name}\": {figure:.1}}}");
}

/// Wall and processor time of a phase.
struct Phase {
    began: Instant,
    processor: f64,
}

impl Phase {
    fn begin() -> Self {
        Self { began: Instant::now(), processor: processor_ms() }
    }

    fn end(&self, name: &str) {
        report(&format!("{name}_ms"), milliseconds(self.began.elapsed()));
        report(&format!("{name}_processor_ms"), processor_ms() - self.processor);
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Processor time of this process so far, in milliseconds.
fn processor_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks = |place: usize| stat.rsplit(')').next()?.split_whitespace().nth(place)?.parse::<f64>().ok();
    (ticks(11).unwrap_or(0.0) + ticks(12).unwrap_or(0.0)) * 10.0
}

/// Times units of work, and keeps the longest.
struct Watch<'store> {
    store: &'store SqliteStore,
    longest: Duration,
}

impl Watch<'_> {
    async fn unit(&mut self, work: impl AsyncFnOnce(&mut dyn UnitOfWork) -> StoreResult<()>) -> StoreResult<Duration> {
        let mut unit = self.store.begin().await?;
        self.time(async {
            work(unit.as_mut()).await?;
            unit.commit().await
        })
        .await
    }

    async fn time<T>(&mut self, work: impl Future<Output = StoreResult<T>>) -> StoreResult<Duration> {
        let began = Instant::now();
        work.await?;
        let took = began.elapsed();
        self.longest = self.longest.max(took);
        Ok(took)
    }
}

async fn first_import(store: &SqliteStore, corp: &Directory, people: usize, groups: usize) -> StoreResult<()> {
    let stage = Stage { run: sample::import_run_id("run"), directory: corp.id.clone() };
    let mut watch = Watch { store, longest: Duration::ZERO };
    watch.unit(async |unit| unit.begin_stage(&stage, true).await).await?;
    let entropy = CountingEntropy::new();
    let people: Vec<(User, PersonEntry)> = (0..people).map(|number| person(corp, &entropy, number)).collect();
    let mut groups: Vec<(Group, GroupEntry)> = (0..groups).map(|number| group(corp, &entropy, number)).collect();
    let members = members(&people, &groups);

    let phase = Phase::begin();
    let loader = store.loader(&stage).await?;
    for some in people.chunks(PEOPLE_AT_ONCE) {
        let some = some.to_vec();
        watch.time(loader.people(some)).await?;
    }
    phase.end("people");
    let phase = Phase::begin();
    groups.sort_by(|(one, _), (other, _)| one.id.cmp(&other.id));
    for some in groups.chunks(PEOPLE_AT_ONCE) {
        watch.time(loader.groups(some.to_vec())).await?;
    }
    phase.end("groups");
    let phase = Phase::begin();
    for some in members.people.chunks(MEMBERS_AT_ONCE) {
        let some = Members { people: some.to_vec(), ..Members::default() };
        watch.time(loader.members(some)).await?;
    }
    let nested = Members { groups: members.groups, ..Members::default() };
    watch.time(loader.members(nested)).await?;
    phase.end("memberships");
    drop(loader);
    report("staging_held_ms", milliseconds(watch.longest));
    let phase = Phase::begin();
    let now = sample::NOW;
    watch.unit(async |unit| unit.apply_staged(&stage, now, now, 1_000).await.map(drop)).await?;
    phase.end("apply");
    let phase = Phase::begin();
    let mut more = true;
    while more {
        watch
            .unit(async |unit| {
                more = unit.sweep_stage(&stage).await?;
                Ok(())
            })
            .await?;
    }
    phase.end("sweep");
    report("held_ms", milliseconds(watch.longest));
    reading(store, corp, &people).await
}

/// What a second import and a sign-in ask.
async fn reading(store: &SqliteStore, corp: &Directory, people: &[(User, PersonEntry)]) -> StoreResult<()> {
    let phase = Phase::begin();
    for some in people.chunks(PEOPLE_AT_ONCE) {
        let ids: Vec<ExternalId> = some.iter().map(|(_, entry)| entry.external.clone()).collect();
        store.known_people(&corp.id, &ids).await?;
    }
    phase.end("known_people");
    let phase = Phase::begin();
    let mut found = 0;
    for (user, _) in people.iter().take(1_000) {
        found += store.user_groups_graph(&user.id).await?.groups.len();
    }
    phase.end("thousand_graphs");
    println!("{{\"groups_of_a_thousand\": {found}}}");
    Ok(())
}

fn person(corp: &Directory, entropy: &CountingEntropy, number: usize) -> (User, PersonEntry) {
    let login = format!("user{number}@example.com");
    let sample = sample::user("ann@example.com");
    let profile = UserProfile {
        login: login.parse().unwrap_or(sample.profile.login),
        email: login.parse().unwrap_or(sample.profile.email),
        first_name: format!("First{}", number % 500),
        last_name: format!("Last{number}"),
        extra: sample.profile.extra,
    };
    let user = User { id: domain::UserId::generate(entropy), profile, directory: Some(corp.id.clone()), ..sample };
    let dn = format!("uid=user{number},ou=people,dc=example,dc=com");
    let entry = PersonEntry {
        external: external(number),
        user: user.id.clone(),
        keys: vec![EntryKey::of_dn(&dn), EntryKey(format!("uid:user{number}"))],
        dn,
        state: Some(PersonState::Active),
        ..sample::person_entry(&user)
    };
    (user, entry)
}

fn group(corp: &Directory, entropy: &CountingEntropy, number: usize) -> (Group, GroupEntry) {
    let dn = format!("cn=aws#account{}#role{number},ou=groups,dc=example,dc=com", number % 300);
    let group = Group { id: domain::GroupId::generate(entropy), ..sample::directory_group(corp, &dn) };
    let entry = GroupEntry {
        external: external(1_000_000_000 + number),
        group: group.id.clone(),
        keys: vec![EntryKey::of_dn(&dn)],
        dn,
    };
    (group, entry)
}

/// Spread over all ids, as real ones are.
fn external(number: usize) -> ExternalId {
    let spread = (number as u128).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    ExternalId::from_bytes(spread.to_be_bytes())
}

/// Five groups for each person; nine of ten groups in the one before.
fn members(people: &[(User, PersonEntry)], groups: &[(Group, GroupEntry)]) -> Members {
    let mut members = Members::default();
    for (number, (user, _)) in people.iter().enumerate() {
        for turn in 0..5 {
            let place = (number * 7_919 + turn * 104_729) % groups.len();
            if let Some((group, _)) = groups.get(place) {
                members.people.push((group.id.clone(), user.id.clone()));
            }
        }
    }
    members.people.sort();
    for (number, pair) in groups.windows(2).enumerate() {
        if let ([(child, _), (parent, _)], false) = (pair, number % 10 == 9) {
            members.groups.push((parent.id.clone(), child.id.clone()));
        }
    }
    members
}
