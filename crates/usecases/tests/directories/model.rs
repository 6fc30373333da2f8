//! Directories at random: whatever happens in one, what we have after an import is what a plain model says.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Entropy, UserStatus,
    directory::{ImportKind, ImportStatus, PersonState},
};
use testkit::{CountingEntropy, directory::DirectoryScenario as _, sample};

use crate::world::{World, login};

/// What the directory holds, by the names that entries had at first: people with their state, groups with direct members.
#[derive(Default)]
struct Model {
    people: BTreeMap<String, PersonState>,
    groups: BTreeMap<String, BTreeSet<String>>,
    made: u32,
}

impl Model {
    /// Groups of everybody who is there, through any nesting.
    fn groups_of(&self, person: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut next = vec![person.to_owned()];
        while let Some(member) = next.pop() {
            for (group, members) in &self.groups {
                if members.contains(&member) && found.insert(group.clone()) {
                    next.push(group.clone());
                }
            }
        }
        found
    }
}

struct Dice(CountingEntropy);

impl Dice {
    fn below(&self, number: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        usize::try_from(u64::from_le_bytes(bytes) % u64::try_from(number.max(1)).unwrap()).unwrap()
    }

    fn pick<'a>(&self, from: &[&'a String]) -> Option<&'a String> {
        from.get(self.below(from.len())).copied()
    }
}

/// One thing that happens in the directory.
async fn happen(world: &World, model: &mut Model, dice: &Dice) {
    let people: Vec<String> = model.people.keys().cloned().collect();
    let groups: Vec<String> = model.groups.keys().cloned().collect();
    let (people, groups): (Vec<&String>, Vec<&String>) = (people.iter().collect(), groups.iter().collect());
    match dice.below(10) {
        0 | 1 => {
            let name = format!("p{}", model.made);
            model.made += 1;
            world.add_person(&name);
            model.people.insert(name, PersonState::Active);
        }
        2 => {
            let name = format!("g{}", model.made);
            model.made += 1;
            world.fake.add_group(&name, &[]);
            model.groups.insert(name, BTreeSet::new());
        }
        3 => {
            if let Some(name) = dice.pick(&people) {
                let state = match dice.below(3) {
                    0 => PersonState::Disabled,
                    1 => PersonState::Locked,
                    _ => PersonState::Active,
                };
                world.fake.set_state(name, state);
                model.people.insert(name.clone(), state);
            }
        }
        4 if people.len() > 3 => {
            if let Some(name) = dice.pick(&people) {
                world.fake.remove(name).await;
                model.people.remove(name);
                model.groups.values_mut().for_each(|members| members.retain(|member| member != name));
            }
        }
        5 if groups.len() > 3 => {
            if let Some(name) = dice.pick(&groups) {
                world.fake.remove(name).await;
                model.groups.remove(name);
                model.groups.values_mut().for_each(|members| members.retain(|member| member != name));
            }
        }
        _ => {
            // Members of a group: some people, and some groups, itself perhaps.
            let Some(group) = dice.pick(&groups) else { return };
            let all: Vec<&String> = people.iter().chain(&groups).copied().collect();
            let members: BTreeSet<String> = (0..dice.below(6)).filter_map(|_| dice.pick(&all)).cloned().collect();
            world.fake.replace_members(group, &members.iter().map(String::as_str).collect::<Vec<_>>());
            model.groups.insert(group.clone(), members);
        }
    }
}

async fn compare(world: &World, model: &Model) {
    for (name, state) in &model.people {
        let groups: BTreeSet<String> = world.groups(name).await.into_iter().collect();
        assert_eq!(groups, model.groups_of(name), "groups of {name}");
        let status = if *state == PersonState::Active { UserStatus::Active } else { UserStatus::Suspended };
        assert_eq!(world.status(name).await, status, "status of {name}");
    }
    let there: BTreeSet<String> = model.people.keys().map(|name| login(name)).collect();
    for other in world.logins().await.into_iter().filter(|login| !there.contains(login)) {
        let user = world.store().user_by_login(&other.parse().unwrap()).await.unwrap().unwrap();
        assert_eq!(user.status, UserStatus::Suspended, "{other} is gone");
    }
    let page = ports::PageRequest { after: None, limit: 1_000 };
    let groups = world.store().groups(None, &page).await.unwrap().items;
    let groups: BTreeSet<String> = groups.into_iter().map(|group| group.name).collect();
    assert_eq!(groups, model.groups.keys().cloned().collect());
}

async fn live(seed: u64) {
    let mut corp = sample::directory("corp");
    corp.safeguard_percent = 100;
    let world = World::with(corp).await;
    let dice = Dice(CountingEntropy::from_seed(seed));
    let mut model = Model::default();
    for turn in 0..12 {
        for _ in 0..dice.below(12) {
            happen(&world, &mut model, &dice).await;
        }
        let kind = if dice.below(3) == 0 { ImportKind::Full } else { ImportKind::Incremental };
        let run = world.import(kind).await;
        assert_eq!(run.status, ImportStatus::Succeeded, "seed {seed}, turn {turn}: {:?}", run.error);
        compare(&world, &model).await;
    }
    // A full import finds nothing to do where incremental ones were.
    let revision = world.store().entitlement_revision().await.unwrap();
    let run = world.full().await;
    assert_eq!((run.memberships.added, run.memberships.removed, run.people.created), (0, 0, 0), "seed {seed}");
    assert_eq!(world.store().entitlement_revision().await.unwrap(), revision, "seed {seed}");
    compare(&world, &model).await;
}

#[tokio::test]
async fn what_we_have_after_an_import_is_what_the_directory_says() {
    for seed in 0..12 {
        live(seed).await;
    }
}
