//! Sign-in with a directory's password: asked in the right cases, exact in the log, told only where it is safe.

use domain::{
    Directory, DirectoryKind, Secret, User, UserStatus,
    directory::{DirectoryError, DirectoryStatus, DirectoryStep, PersonState},
    event::{Origin, Outcome},
};
use ports::AuthenticationRefusal;
use rolegate_usecases::sign_in::{self, Notice, SignIn};
use testkit::{directory::PASSWORD, sample};

use crate::world::{ANN, World};

const BOB: &str = "bob@example.com";

impl World {
    /// A directory, connected.
    async fn connect(&self, directory: &Directory) {
        let mut unit = self.begin().await;
        unit.insert_directory(directory).await.unwrap();
        unit.commit().await.unwrap();
    }

    async fn change(&self, directory: &Directory) {
        let mut unit = self.begin().await;
        unit.update_directory(directory).await.unwrap();
        unit.commit().await.unwrap();
    }

    /// Bob in the directory, in the group `Operators`.
    fn add_bob(&self) {
        self.ldap.add_person("Bob", &[("mail", BOB), ("givenName", "Bob"), ("sn", "Sample"), ("ou", "R&D")]);
        self.ldap.add_group("Operators", &["Bob"]);
    }

    /// Bob, who has signed in once.
    async fn with_bob() -> (Self, Directory, User) {
        let world = Self::new().await;
        let corp = sample::directory("corp");
        world.connect(&corp).await;
        world.add_bob();
        assert!(world.is_let_in(BOB, PASSWORD).await);
        let bob = world.user(BOB).await;
        (world, corp, bob)
    }

    async fn user(&self, login: &str) -> User {
        self.store().user_by_login(&login.parse().unwrap()).await.unwrap().unwrap()
    }

    async fn is_let_in(&self, login: &str, password: &str) -> bool {
        matches!(self.sign_in(login, password).await, SignIn::Done(_))
    }

    /// What somebody is told who is not let in; nothing for most reasons.
    async fn told(&self, login: &str, password: &str) -> Option<Notice> {
        match self.sign_in(login, password).await {
            SignIn::Told(notice) => Some(notice),
            SignIn::Refused => None,
            other => panic!("{other:?}"),
        }
    }

    async fn groups(&self, login: &str) -> Vec<String> {
        let user = self.user(login).await;
        self.store().groups_of_user(&user.id).await.unwrap().into_iter().map(|group| group.name).collect()
    }

    /// Type, outcome and reason of what was logged since.
    async fn logged_since(&self, before: usize) -> Vec<(String, Outcome, Option<String>)> {
        let events = self.events().await.into_iter().skip(before);
        events.map(|event| (event.event_type, event.outcome, event.reason)).collect()
    }
}

fn down() -> DirectoryError {
    DirectoryError::new(DirectoryStep::Connect, "CONNECTION_REFUSED", "nobody listens", "Start it.")
}

#[tokio::test]
async fn somebody_of_the_directory_is_made_at_the_first_sign_in_and_refreshed_at_every_other() {
    let (world, corp, bob) = World::with_bob().await;
    assert_eq!(bob.directory.as_ref(), Some(&corp.id));
    assert_eq!(world.groups(BOB).await, ["Operators"]);
    let before = world.events().await.len();
    world.ldap.replace_members("Operators", &[]);
    world.ldap.set("Bob", "sn", &["Builder"]);
    assert!(world.is_let_in("BOB@example.com", PASSWORD).await);
    assert!(world.groups(BOB).await.is_empty(), "a membership that was taken counts at this very sign-in");
    assert_eq!(world.user(BOB).await.profile.last_name, "Builder");
    let types: Vec<String> = world.logged_since(before).await.into_iter().map(|event| event.0).collect();
    let expected = [
        "user.account.update_profile",
        "group.user_membership.remove",
        "user.authentication.auth_via_LDAP_agent",
        "user.session.start",
    ];
    assert_eq!(types, expected);
}

#[tokio::test]
async fn each_kind_of_directory_has_its_event() {
    let world = World::new().await;
    let mut corp = sample::directory("corp");
    corp.kind = DirectoryKind::ActiveDirectory;
    world.connect(&corp).await;
    world.add_bob();
    assert!(world.is_let_in(BOB, PASSWORD).await);
    let events = world.events().await;
    let event = events.iter().find(|event| event.event_type == "user.authentication.auth_via_AD_agent").unwrap();
    assert_eq!(event.outcome, Outcome::Success);
    assert!(event.targets.iter().any(|target| target.alternate_id == "corp"));
    assert!(!format!("{events:?}").contains(PASSWORD));
}

#[tokio::test]
async fn reasons_are_exact_in_the_log_and_told_only_after_the_right_password() {
    let (world, ..) = World::with_bob().await;
    for (why, reason, told) in [
        (AuthenticationRefusal::PasswordExpired, "PASSWORD_EXPIRED", Some(Notice::PasswordExpired)),
        (AuthenticationRefusal::MustChangePassword, "MUST_CHANGE_PASSWORD", Some(Notice::MustChangePassword)),
        (AuthenticationRefusal::AccountExpired, "ACCOUNT_EXPIRED", Some(Notice::AccountExpired)),
        (AuthenticationRefusal::NotNow, "NOT_NOW", Some(Notice::NotNow)),
        (AuthenticationRefusal::Disabled, "ACCOUNT_DISABLED", None),
        (AuthenticationRefusal::Locked, "LOCKED_IN_DIRECTORY", None),
        (AuthenticationRefusal::Other, "REFUSED_BY_DIRECTORY", None),
    ] {
        world.ldap.refuse("Bob", Some(why));
        let before = world.events().await.len();
        assert_eq!(world.told(BOB, PASSWORD).await, told, "{why:?}");
        let failure = |kind: &str| (kind.to_owned(), Outcome::Failure, Some(reason.to_owned()));
        let expected = [failure("user.authentication.auth_via_LDAP_agent"), failure("user.session.start")];
        assert_eq!(world.logged_since(before).await, expected);
        assert_eq!(world.told(BOB, "wrong").await, None, "{why:?}");
        let bob = world.user(BOB).await;
        let mut unit = world.begin().await;
        unit.set_lockout(&bob.id, None).await.unwrap();
        unit.commit().await.unwrap();
    }
    world.ldap.refuse("Bob", None);
    assert!(world.is_let_in(BOB, PASSWORD).await);
}

#[tokio::test]
async fn we_lock_before_the_directory_does_and_ask_it_no_more() {
    let (world, _, bob) = World::with_bob().await;
    let asked = |world: &World| world.ldap.authentications().len();
    let before = asked(&world);
    for _ in 0..4 {
        assert_eq!(world.told(BOB, "wrong").await, None);
    }
    assert_eq!(asked(&world) - before, 4);
    assert_eq!(world.told(BOB, PASSWORD).await, None, "locked, also against the right password");
    assert_eq!(asked(&world) - before, 4, "and not asked");
    assert_eq!(world.last_event().await.reason.as_deref(), Some("LOCKED_OUT"));
    assert_eq!(world.store().sessions_of_user(&bob.id, sample::NOW).await.unwrap().len(), 1, "sessions go on");
    world.clock.advance_seconds(901);
    assert!(world.is_let_in(BOB, PASSWORD).await);
    assert_eq!(world.store().lockout(&bob.id).await.unwrap(), (0, None));
}

#[tokio::test]
async fn guesses_at_once_do_not_outrun_the_lock_before_the_directory() {
    let (world, ..) = World::with_bob().await;
    let world = std::sync::Arc::new(world);
    let before = world.ldap.authentications().len();
    let guesses: Vec<_> = (0..30)
        .map(|_| {
            let world = world.clone();
            tokio::spawn(async move { world.is_let_in(BOB, "wrong").await })
        })
        .collect();
    for guess in guesses {
        assert!(!guess.await.unwrap());
    }
    assert_eq!(world.ldap.authentications().len() - before, 4);
}

#[tokio::test]
async fn somebody_who_is_not_here_is_not_locked_out_of_the_directory_either() {
    let world = World::new().await;
    world.connect(&sample::directory("corp")).await;
    world.add_bob();
    for _ in 0..6 {
        assert_eq!(world.told(BOB, "wrong").await, None);
    }
    assert_eq!(world.ldap.authentications().len(), 4);
    assert_eq!(world.last_event().await.reason.as_deref(), Some("LOCKED_OUT"));
    assert!(!world.is_let_in(BOB, PASSWORD).await);
    for _ in 0..6 {
        assert_eq!(world.told("nobody@example.com", "wrong").await, None);
        assert_eq!(world.last_event().await.reason.as_deref(), Some("UNKNOWN_USER"));
    }
}

#[tokio::test]
async fn a_directory_that_cannot_be_asked_lets_nobody_in_and_counts_against_nobody() {
    let (world, _, bob) = World::with_bob().await;
    world.ldap.fail(Some(down()));
    for _ in 0..6 {
        assert_eq!(world.told(BOB, "wrong").await, Some(Notice::DirectoryUnavailable));
        assert_eq!(world.told(BOB, PASSWORD).await, Some(Notice::DirectoryUnavailable));
    }
    assert_eq!(
        world.told("nobody@example.com", "x").await,
        Some(Notice::DirectoryUnavailable),
        "the same for everybody"
    );
    assert_eq!(world.store().lockout(&bob.id).await.unwrap(), (0, None));
    assert_eq!(world.store().sessions_of_user(&bob.id, sample::NOW).await.unwrap().len(), 1, "sessions go on");
    let events = world.events().await;
    let [.., why, start] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(
        (why.debug_data.get("code").unwrap().as_str(), start.reason.as_deref()),
        ("CONNECTION_REFUSED", Some("DIRECTORY_UNAVAILABLE"))
    );
    world.ldap.fail(None);
    assert!(world.is_let_in(BOB, PASSWORD).await);
}

#[tokio::test]
async fn an_empty_password_never_goes_out_and_never_counts_as_success() {
    let (world, ..) = World::with_bob().await;
    let before = world.ldap.authentications().len();
    assert_eq!(world.told(BOB, "").await, None);
    assert_eq!(world.told("nobody@example.com", "").await, None);
    assert_eq!(world.ldap.authentications().len(), before);
}

#[tokio::test]
async fn a_local_password_is_never_sent_to_a_directory() {
    let (world, ..) = World::with_bob().await;
    world.ldap.add_person("Ann", &[("mail", ANN), ("sn", "Sample")]);
    let before = world.ldap.authentications().len();
    assert!(world.is_let_in(ANN, crate::world::PASSWORD).await);
    assert_eq!(world.told(ANN, PASSWORD).await, None, "the directory's password is not hers here");
    assert_eq!(world.ldap.authentications().len(), before);
}

#[tokio::test]
async fn a_directory_that_is_off_or_does_not_delegate_is_not_asked() {
    let (world, corp, bob) = World::with_bob().await;
    let before = world.ldap.authentications().len();
    world.change(&Directory { status: DirectoryStatus::Inactive, ..corp.clone() }).await;
    assert_eq!(world.told(BOB, PASSWORD).await, None);
    assert_eq!(world.last_event().await.reason.as_deref(), Some("DIRECTORY_INACTIVE"));
    assert_eq!(world.told("carol@example.com", PASSWORD).await, None);
    world.change(&Directory { delegated_authentication: false, ..corp.clone() }).await;
    assert_eq!(world.told(BOB, PASSWORD).await, None);
    assert_eq!(world.ldap.authentications().len(), before);
    let mut unit = world.begin().await;
    let hash = testkit::FakePasswords::hash_of("kept here after all");
    unit.set_password_hash(&bob.id, Some(&hash)).await.unwrap();
    unit.commit().await.unwrap();
    assert!(world.is_let_in(BOB, "kept here after all").await);
    world.change(&Directory { just_in_time: false, ..corp }).await;
    assert_eq!(world.told("carol@example.com", PASSWORD).await, None);
    assert_eq!(world.ldap.authentications().len(), before, "nobody is made, nobody is asked for");
}

#[tokio::test]
async fn directories_are_asked_in_order_until_one_knows_the_person() {
    let world = World::new().await;
    let mut first = sample::directory("a");
    first.people.bases = vec!["ou=away,dc=example,dc=com".to_owned()];
    for directory in [&first, &sample::directory("b"), &sample::directory("c")] {
        world.connect(directory).await;
    }
    world.add_bob();
    assert!(world.is_let_in(BOB, PASSWORD).await, "one that does not know them does not hide the next");
    assert_eq!(world.user(BOB).await.directory, Some(sample::directory("b").id));
    first.connection.urls = vec!["ldaps://ldap.example.com:1".to_owned()];
    world.change(&first).await;
    let told = world.told("nobody@example.com", "x").await;
    assert_eq!(told, Some(Notice::DirectoryUnavailable), "the one that is down may know them");
}

#[tokio::test]
async fn whoever_is_not_to_be_here_is_told_so_after_the_right_password() {
    let world = World::new().await;
    world.connect(&sample::directory("corp")).await;
    world.add_bob();
    // A user who may be Bob, but is called otherwise: an administrator has to say.
    let mut local = sample::user(BOB);
    local.profile.last_name = "Other".to_owned();
    local.profile.login = "robert@example.com".parse().unwrap();
    let mut corp = sample::directory("corp");
    corp.matching.by = vec![domain::directory::MatchBy::Email];
    world.change(&corp).await;
    local.profile.email = BOB.parse().unwrap();
    world.add_user(&local).await;
    assert_eq!(world.told(BOB, "wrong").await, None);
    assert_eq!(world.told(BOB, PASSWORD).await, Some(Notice::NotHere));
    assert_eq!(world.last_event().await.reason.as_deref(), Some("UNCONFIRMED"));
    let waiting = world.store().pending_match(&corp.id, &world.ldap.id("Bob")).await.unwrap();
    assert!(waiting.is_some());
}

#[tokio::test]
async fn a_hold_of_ours_holds_against_the_directorys_password() {
    let (world, _, bob) = World::with_bob().await;
    world.update_user(&User { status: UserStatus::Suspended, ..bob.clone() }).await;
    assert_eq!(world.told(BOB, PASSWORD).await, None);
    assert_eq!(world.last_event().await.reason.as_deref(), Some("SUSPENDED"));
    world.update_user(&User { status: UserStatus::Deprovisioned, ..bob }).await;
    assert_eq!(world.told(BOB, PASSWORD).await, None);
    assert_eq!(world.last_event().await.reason.as_deref(), Some("DEPROVISIONED"));
}

#[tokio::test]
async fn a_disabled_account_is_refused_uniformly() {
    let (world, ..) = World::with_bob().await;
    world.ldap.set_state("Bob", PersonState::Disabled);
    assert_eq!(world.told(BOB, PASSWORD).await, None);
    assert_eq!(world.last_event().await.reason.as_deref(), Some("ACCOUNT_DISABLED"));
}

#[tokio::test]
async fn clients_get_their_token_with_the_directorys_password_too() {
    let (world, ..) = World::with_bob().await;
    let password = Secret::from(PASSWORD);
    let done = sign_in::for_session_token(&world.services, Origin::default(), BOB, &password).await.unwrap();
    assert!(matches!(done, SignIn::Done(_)));
    world.ldap.refuse("Bob", Some(AuthenticationRefusal::PasswordExpired));
    let told = sign_in::for_session_token(&world.services, Origin::default(), BOB, &password).await.unwrap();
    assert!(matches!(told, SignIn::Told(Notice::PasswordExpired)));
}

#[tokio::test]
async fn every_name_of_somebody_counts_towards_one_lock() {
    let (world, ..) = World::with_bob().await;
    let names = [BOB, "robert@example.com", "bobby@example.com", "rob@example.com", "bo@example.com"];
    world.ldap.set("Bob", "mail", &names);
    let before = world.ldap.authentications().len();
    for name in &names[1..] {
        assert_eq!(world.told(name, "wrong").await, None);
    }
    assert_eq!(world.ldap.authentications().len() - before, 4);
    for name in names {
        assert_eq!(world.told(name, PASSWORD).await, None, "locked under every name");
        assert_eq!(world.last_event().await.reason.as_deref(), Some("LOCKED_OUT"), "{name}");
    }
    assert_eq!(world.ldap.authentications().len() - before, 4, "and not asked under a name that was tried");
    world.clock.advance_seconds(901);
    assert!(world.is_let_in("bobby@example.com", PASSWORD).await);
}

#[tokio::test]
async fn only_the_directory_that_owns_somebody_lets_them_in() {
    let (world, corp, bob) = World::with_bob().await;
    world.ldap.set("Bob", "uid", &["bob7"]);
    let mut other = sample::directory("other");
    other.people.attributes.login = "uid".to_owned();
    world.connect(&other).await;
    // An administrator said that both are one person: with the groups of both, and the sign-in of one.
    let mut unit = world.begin().await;
    let is_bob = ports::MatchDecision::Is(bob.id.clone());
    unit.set_match_decision(&other.id, &world.ldap.id("Bob"), Some(&is_bob)).await.unwrap();
    unit.commit().await.unwrap();
    for _ in 0..2 {
        assert_eq!(world.told("bob7", PASSWORD).await, None);
        assert_eq!(world.last_event().await.reason.as_deref(), Some("OWNED_ELSEWHERE"));
    }
    assert!(world.is_let_in(BOB, PASSWORD).await);
    assert_eq!(world.user(BOB).await.directory, Some(corp.id));
}

#[tokio::test]
async fn while_a_directory_is_silent_no_later_one_makes_somebody_of_its_people() {
    let (world, ..) = World::with_bob().await;
    world.ldap.set("Bob", "mail", &[BOB, "bobby@example.com"]);
    world.ldap.add_person("Carol", &[("mail", "carol@example.com"), ("givenName", "Carol"), ("sn", "Sample")]);
    // First by its name, and down: the Carol it may have would find her login taken.
    let mut first = sample::directory("a");
    first.connection.urls = vec!["ldaps://ldap.example.com:1".to_owned()];
    world.connect(&first).await;
    assert_eq!(world.told("carol@example.com", PASSWORD).await, Some(Notice::DirectoryUnavailable));
    assert_eq!(world.store().user_by_login(&"carol@example.com".parse().unwrap()).await.unwrap(), None);
    assert!(world.is_let_in("bobby@example.com", PASSWORD).await, "who is known already is let in");
    world.change(&Directory { status: DirectoryStatus::Inactive, ..first }).await;
    assert!(world.is_let_in("carol@example.com", PASSWORD).await);
}

#[tokio::test]
async fn whoever_takes_anothers_login_in_the_directory_stays_who_they_are() {
    const CAROL: &str = "carol@example.com";
    let (world, _, bob) = World::with_bob().await;
    world.ldap.add_person("Carol", &[("mail", CAROL), ("givenName", "Carol"), ("sn", "Sample")]);
    world.ldap.set_password("Carol", "hers");
    assert!(world.is_let_in(CAROL, "hers").await);
    let carol = world.user(CAROL).await;
    world.ldap.set("Carol", "mail", &[BOB]);
    world.ldap.set("Bob", "mail", &["robert@example.com"]);
    world.ldap.add_group("Auditors", &["Carol"]);
    let before = world.events().await.len();
    let SignIn::Done(started) = world.sign_in(BOB, "hers").await else { panic!("not let in") };
    assert_eq!(started.live.user.id, carol.id, "as herself, whatever she typed");
    assert!(world.groups(CAROL).await.contains(&"Auditors".to_owned()));
    assert_eq!(world.groups(BOB).await, ["Operators"]);
    for event in world.events().await.into_iter().skip(before) {
        assert_eq!(event.actor.id, carol.id.to_string(), "{}", event.event_type);
    }
    assert_eq!(world.told(BOB, PASSWORD).await, None);
    assert!(world.is_let_in("robert@example.com", PASSWORD).await);
    assert_eq!(world.user("robert@example.com").await.id, bob.id);
    // A local user's login is nobody else's, whatever a directory says.
    world.ldap.set("Carol", "mail", &[ANN]);
    assert_eq!(world.told(ANN, "hers").await, None);
}
