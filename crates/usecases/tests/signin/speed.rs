//! What a launch costs beside the signature, and what group mapping costs.
//! `cargo test --release -p rolegate-usecases --test signin -- --ignored --nocapture speed`

use std::time::{Duration, Instant};

use domain::{AwsAppSettings, Group, User, aws::AwsRole, event::Origin, user::AdminRole};
use rolegate_usecases::{
    Caller, entitlements,
    launch_role::{self, LaunchOptions, Outcome},
    sessions,
    sign_in::SignIn,
    test_mapping::{Trial, test_mapping},
};
use testkit::sample;

use crate::world::{ANN, PASSWORD, World, arn};

const ROUNDS: u32 = 2_000;
const AT_ONCE: u32 = 64;

async fn launch(world: &World, secret: &str) {
    let live = sessions::resume(&world.services, secret).await.unwrap().unwrap();
    let caller = Caller::person(&live.user, Origin::default());
    let options = LaunchOptions::default();
    let outcome = launch_role::all(&world.services, &caller, &live, &world.app.id, options).await.unwrap();
    assert!(matches!(outcome, Outcome::Ready(_)));
}

#[tokio::test]
#[ignore = "a measurement, not a check"]
async fn speed_of_a_launch_without_the_signature() {
    let world = World::new().await;
    let names: Vec<String> = (0..200).map(|number| format!("Role{number:03}")).collect();
    world.account(1, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let SignIn::Done(started) = world.sign_in(ANN, PASSWORD).await else { panic!("refused") };
    let secret = started.secret.expose();
    for count in [1, 10, 200] {
        let arns: Vec<String> = names.iter().take(count).map(|name| arn(1, name)).collect();
        world.assign(&arns.iter().map(String::as_str).collect::<Vec<_>>()).await;
        launch(&world, secret).await;

        let began = Instant::now();
        for _ in 0..ROUNDS {
            sessions::resume(&world.services, secret).await.unwrap().unwrap();
        }
        let session = began.elapsed() / ROUNDS;

        let began = Instant::now();
        for _ in 0..ROUNDS {
            launch(&world, secret).await;
        }
        let alone = began.elapsed() / ROUNDS;

        let began = Instant::now();
        for _ in 0..ROUNDS / AT_ONCE {
            futures_util::future::join_all((0..AT_ONCE).map(|_| launch(&world, secret))).await;
        }
        let together = began.elapsed() / (ROUNDS / AT_ONCE * AT_ONCE);
        println!("{count} roles: {alone:?} alone, {together:?} with {AT_ONCE} at once, {session:?} for the session");
    }
}

const ACCOUNTS: u64 = 400;
const ROLES: usize = 50;
const PEOPLE: usize = 200;

/// 20,000 role groups and as many roles. Everybody is in those groups of which `held` says so, by the numbers of account
/// and role, through three management groups.
async fn company(held: impl Fn(u64, usize) -> bool) -> (World, Vec<User>) {
    let settings = AwsAppSettings {
        use_group_mapping: true,
        group_filter: r"^aws\#\S+\#(?{{role}}[\w\-]+)\#(?{{accountid}}\d+)$".to_owned(),
        role_value_pattern: "arn:aws:iam::${accountid}:saml-provider/Rolegate,arn:aws:iam::${accountid}:role/${role}"
            .to_owned(),
        ..AwsAppSettings::default()
    };
    let world = World::with(|_| {}, |app| app.settings = settings).await;
    let policy = r#"{"Statement":[{"Effect":"Allow","Action":["sts:AssumeRoleWithSAML","sts:TagSession"],
        "Principal":{"Federated":"arn:aws:iam::000000000001:saml-provider/Rolegate"}}]}"#;
    let management = ["Platform", "Data", "Operations"].map(sample::group);
    let people: Vec<User> = (0..PEOPLE).map(|number| sample::user(&format!("person{number}@example.com"))).collect();
    let mut unit = world.begin().await;
    for group in &management {
        unit.insert_group(group).await.unwrap();
        unit.put_group_assignment(&sample::group_assignment(&world.app, group, 0, &[])).await.unwrap();
    }
    for user in &people {
        unit.insert_user(user, None).await.unwrap();
        for group in &management {
            unit.add_member(&group.id, &user.id, sample::NOW).await.unwrap();
        }
    }
    for number in 1..=ACCOUNTS {
        let account = sample::aws_account(&world.app, number);
        let names: Vec<String> = (0..ROLES).map(|role| format!("Role_{role:02}")).collect();
        let role = |name: &String| AwsRole { trust_policy: policy.to_owned(), ..sample::aws_role(&account, name) };
        unit.put_account_reading(&account, &names.iter().map(role).collect::<Vec<_>>(), sample::NOW).await.unwrap();
        for (role, name) in names.iter().enumerate() {
            let group: Group = sample::group(&format!("aws#account-{number}#{name}#{number:012}"));
            unit.insert_group(&group).await.unwrap();
            let parent = management.get(usize::try_from(number % 3).unwrap());
            if let Some(parent) = parent.filter(|_| held(number, role)) {
                unit.add_nested(&group.id, &parent.id, sample::NOW).await.unwrap();
            }
        }
    }
    unit.commit().await.unwrap();
    (world, people)
}

/// What the first person's roles took, and on average those of everybody else: asked once each, so that nobody's are
/// known already.
async fn roles_of_each(world: &World, people: &[User], admin: &Caller) -> (Duration, Duration) {
    let roles = async |user: &User| {
        entitlements::roles_of_user(&world.services, admin, &world.app.id, &user.id).await.unwrap().access.roles.len()
    };
    let (somebody, others) = people.split_first().unwrap();
    let began = Instant::now();
    assert_eq!(roles(somebody).await, 300);
    let first = began.elapsed();
    let began = Instant::now();
    for user in others {
        assert_eq!(roles(user).await, 300);
    }
    (first, began.elapsed() / u32::try_from(others.len()).unwrap())
}

#[tokio::test]
#[ignore = "a measurement, not a check"]
async fn speed_of_group_mapping_with_20_000_groups() {
    let admin = User { admin_role: Some(AdminRole::ReadOnlyAdmin), ..sample::user("admin@example.com") };
    let admin = Caller::person(&admin, Origin::default());
    let (world, people) = company(|number, _| number <= 6).await;
    let (first, each) = roles_of_each(&world, &people, &admin).await;
    println!("the first person after a change: {first:?}");
    println!("300 roles of one person, from the store: {each:?}");

    let settings = AwsAppSettings {
        group_filter: r"^aws\#\S+\#(?{{role}}[\w\-]+)\#(?{{accountid}}\d{12})$".to_owned(),
        ..world.app.settings.clone()
    };
    let trial = Trial { settings, sample_groups: Vec::new(), user: None, limit: 100, after: None };
    let began = Instant::now();
    let tested = test_mapping(&world.services, &admin, &world.app.id, &trial).await.unwrap();
    println!("a trial over {} groups and {} people: {:?}", tested.totals.groups, tested.totals.people, began.elapsed());
    assert_eq!(tested.totals.matches, 20_000);

    let (groups, mapping) = (20_000_u32, entitlement::mapping::Mapping::compile(&world.app.settings).unwrap());
    let names: Vec<String> = (0..groups).map(|number| format!("aws#account-{number}#Role#{number:012}")).collect();
    let began = Instant::now();
    assert_eq!(mapping.to_look_up(names.iter().map(String::as_str)).len(), 20_000);
    println!("the names of 20,000 groups read and made into roles: {:?}", began.elapsed());

    let (world, people) = company(|number, role| number <= 300 && number % 50 == role as u64).await;
    let (_, each) = roles_of_each(&world, &people, &admin).await;
    println!("300 roles of one person in as many accounts, from the store: {each:?}");
}
