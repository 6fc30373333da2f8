//! Sample people, apps and roles. An id follows from the name it is made of, so that tests can name things without
//! carrying ids about: `sample::user("ann@example.com").id == sample::user_id("ann@example.com")`.

use std::collections::BTreeMap;

use domain::{
    AccountId, AgentId, ApiToken, App, AppId, AppStatus, AwsAppSettings, Directory, DirectoryId, DirectoryKind, Event,
    Group, GroupAssignment, GroupId, GroupRule, GroupRuleId, GroupRuleStatus, GroupSource, ImportRunId, KeyId,
    Partition, RoleArn, RoleAssignment, RunId, Session, SessionId, Timestamp, TokenId, User, UserAssignment, UserId,
    UserProfile, UserStatus,
    aws::{
        AwsAccount, AwsIntegration, AwsRole, ConnectedAccount, ConnectedAccounts, DEFAULT_CROSS_ACCOUNT_ROLE,
        DiscoveryError, DiscoveryRun, DiscoveryStep, RunStatus, RunTrigger, SourceAccount, SourceCredentials, Trust,
        TrustVerdict,
    },
    directory::{
        Agent, AgentStatus, Connection, DirectoryPerson, DirectoryStatus, EntryKey, ExternalId, GroupCounts,
        GroupSettings, ImportKind, ImportProgress, ImportRun, ImportSchedule, ImportStatus, ImportTrigger, MatchBy,
        Matching, MembershipCounts, PeopleCounts, PeopleSettings, PersonAttributes, PersonState, Reach,
    },
    event::{Actor, Origin, Outcome, Severity, Target},
    key::{KeyAlgorithm, KeyState, Sealed, SigningKey},
    session::{OneTimePurpose, OneTimeToken, SecretHash},
    user::AdminRole,
};

use ports::{GroupEntry, PersonEntry};

use crate::entropy::spread;

/// 2026-11-22T05:10:00Z: when everything here was made.
pub const NOW: Timestamp = Timestamp::from_millis(1_795_324_200_000);

/// 17 letters and digits that follow from the name.
fn tail(name: &str) -> String {
    const ALPHABET: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut state = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |state, byte| (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mut next = || {
        state = spread(state);
        let place = usize::try_from(state % 36).unwrap_or(0);
        char::from(*ALPHABET.get(place).unwrap_or(&b'0'))
    };
    (0..17).map(|_| next()).collect()
}

macro_rules! ids {
    ($($(#[$doc:meta])* $function:ident, $kind:ident;)*) => { $(
        $(#[$doc])*
        pub fn $function(name: &str) -> $kind {
            $kind::parse(&format!("{}{}", $kind::PREFIX, tail(name))).expect("a sample id has an id's shape")
        }
    )* };
}

ids! {
    /// The id of the user with this login.
    user_id, UserId;
    /// The id of the group with this name.
    group_id, GroupId;
    /// The id of the app with this label.
    app_id, AppId;
    /// The id of the API token with this name.
    token_id, TokenId;
    /// The id of the session with this name.
    session_id, SessionId;
    /// The id of the signing key with this name.
    key_id, KeyId;
    /// The id of the run with this name.
    run_id, RunId;
    /// The id of the directory with this name.
    directory_id, DirectoryId;
    /// The id of the import run with this name.
    import_run_id, ImportRunId;
    /// The id of the agent with this name.
    agent_id, AgentId;
    /// The id of the group rule with this name.
    group_rule_id, GroupRuleId;
}

/// The hash of a secret that nobody knows.
pub fn hash(name: &str) -> SecretHash {
    let mut hash = [0; 32];
    hash.iter_mut().zip(tail(name).bytes().cycle()).for_each(|(byte, value)| *byte = value);
    hash
}

/// An active user without administrator rights.
pub fn user(login: &str) -> User {
    User {
        id: user_id(login),
        status: UserStatus::Active,
        profile: UserProfile {
            login: login.parse().expect("a sample login is a login"),
            email: login.parse().expect("a sample login is an e-mail address"),
            first_name: "Sample".to_owned(),
            last_name: login.split('@').next().unwrap_or_default().to_owned(),
            extra: BTreeMap::from([("department".to_owned(), serde_json::json!("Research"))]),
        },
        admin_role: None,
        directory: None,
        created: NOW,
        activated: Some(NOW),
        status_changed: Some(NOW),
        last_login: None,
        last_updated: NOW,
        password_changed: Some(NOW),
    }
}

/// An active super administrator.
pub fn admin(login: &str) -> User {
    User { admin_role: Some(AdminRole::SuperAdmin), ..user(login) }
}

/// A local group.
pub fn group(name: &str) -> Group {
    Group {
        id: group_id(name),
        source: GroupSource::Local,
        name: name.to_owned(),
        description: format!("The people of {name}"),
        created: NOW,
        last_updated: NOW,
        last_membership_updated: NOW,
    }
}

/// A group that is read from this directory.
pub fn directory_group(directory: &Directory, name: &str) -> Group {
    Group {
        id: group_id(&format!("{}/{name}", directory.name)),
        source: GroupSource::Directory { id: directory.id.clone(), name: directory.name.clone(), kind: directory.kind },
        ..group(name)
    }
}

/// An active OpenLDAP directory that Rolegate reads itself, every quarter of an hour and wholly once a day; its people
/// sign in with its passwords.
pub fn directory(name: &str) -> Directory {
    Directory {
        id: directory_id(name),
        name: name.to_owned(),
        kind: DirectoryKind::OpenLdap,
        status: DirectoryStatus::Active,
        reach: Reach::Direct,
        connection: Connection {
            urls: vec!["ldaps://ldap.example.com".to_owned()],
            start_tls: false,
            ca_pem: None,
            bind_dn: Some("cn=reader,dc=example,dc=com".to_owned()),
            timeout_seconds: 10,
            page_size: 1_000,
        },
        people: PeopleSettings {
            bases: vec!["ou=people,dc=example,dc=com".to_owned()],
            filter: "(objectClass=inetOrgPerson)".to_owned(),
            attributes: PersonAttributes {
                login: "mail".to_owned(),
                email: "mail".to_owned(),
                first_name: "givenName".to_owned(),
                last_name: "sn".to_owned(),
                further: BTreeMap::from([("department".to_owned(), "ou".to_owned())]),
            },
        },
        groups: GroupSettings {
            bases: vec!["ou=groups,dc=example,dc=com".to_owned()],
            filter: "(objectClass=groupOfNames)".to_owned(),
            name: "cn".to_owned(),
            description: "description".to_owned(),
        },
        delegated_authentication: true,
        just_in_time: true,
        schedule: ImportSchedule { incremental_seconds: Some(900), full_seconds: Some(86_400) },
        safeguard_percent: 20,
        matching: Matching { by: vec![MatchBy::Login], confirm_automatically: true },
        created: NOW,
        last_updated: NOW,
    }
}

/// An agent that waits for its registration for an hour.
pub fn agent(directory: &Directory, name: &str) -> Agent {
    Agent {
        id: agent_id(name),
        directory: directory.id.clone(),
        name: name.to_owned(),
        status: AgentStatus::Pending,
        registration: Some((hash(name), NOW.plus_seconds(3600))),
        public_key: None,
        version: None,
        created: NOW,
        last_contact: None,
    }
}

/// The id of the entry with this name.
pub fn external_id(name: &str) -> ExternalId {
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hash(name)).for_each(|(byte, value)| *byte = value);
    ExternalId::from_bytes(bytes)
}

/// The DN of the person with this login, and its key.
fn person_dn(login: &str) -> (String, EntryKey) {
    let dn = format!("uid={login},ou=people,dc=example,dc=com");
    let key = EntryKey::of_dn(&dn);
    (dn, key)
}

/// A person as a directory tells of them: first and last name as [`user`] has them.
pub fn directory_person(login: &str) -> DirectoryPerson {
    let UserProfile { first_name, last_name, .. } = user(login).profile;
    let (dn, key) = person_dn(login);
    DirectoryPerson {
        id: external_id(login),
        dn,
        keys: vec![key],
        login: Some(login.to_owned()),
        email: Some(login.to_owned()),
        first_name: Some(first_name),
        last_name: Some(last_name),
        further: BTreeMap::from([("department".to_owned(), "Research".to_owned())]),
        state: PersonState::Active,
        also_in: Vec::new(),
        problem: None,
    }
}

/// The entry of an active user.
pub fn person_entry(user: &User) -> PersonEntry {
    let login = user.profile.login.as_str();
    let (dn, key) = person_dn(login);
    PersonEntry {
        external: external_id(login),
        user: user.id.clone(),
        dn,
        state: Some(PersonState::Active),
        suspended: false,
        attributes: BTreeMap::from([("department".to_owned(), "Research".to_owned())]),
        keys: vec![key],
        also_in: Vec::new(),
        refreshed: None,
    }
}

/// The entry of a group.
pub fn group_entry(group: &Group) -> GroupEntry {
    let dn = format!("cn={},ou=groups,dc=example,dc=com", group.name);
    GroupEntry { external: external_id(&group.name), group: group.id.clone(), keys: vec![EntryKey::of_dn(&dn)], dn }
}

/// A full import that goes on, set off by somebody.
pub fn import_run(directory: &Directory, name: &str) -> ImportRun {
    ImportRun {
        id: import_run_id(name),
        directory: directory.id.clone(),
        kind: ImportKind::Full,
        trigger: ImportTrigger::Request,
        dry_run: false,
        status: ImportStatus::Running,
        started: NOW,
        finished: None,
        progress: ImportProgress::default(),
        people: PeopleCounts::default(),
        groups: GroupCounts::default(),
        memberships: MembershipCounts::default(),
        problems: Vec::new(),
        held: None,
        error: None,
    }
}

/// An active rule that puts a department into these groups.
pub fn group_rule(name: &str, groups: &[&Group]) -> GroupRule {
    GroupRule {
        id: group_rule_id(name),
        name: name.to_owned(),
        status: GroupRuleStatus::Active,
        expression: format!("user.department == \"{name}\""),
        excluded: Vec::new(),
        groups: groups.iter().map(|group| group.id.clone()).collect(),
        created: NOW,
        last_updated: NOW,
    }
}

/// An active app with the settings that a new one has in Okta, and the provider `Rolegate` in account 111111111111.
pub fn app(label: &str) -> App {
    App {
        id: app_id(label),
        issuer: format!("https://id.example.com/{}", app_id(label)),
        label: label.to_owned(),
        status: AppStatus::Active,
        settings: AwsAppSettings {
            identity_provider_arn: "arn:aws:iam::111111111111:saml-provider/Rolegate".parse().ok(),
            ..AwsAppSettings::default()
        },
        user_name_template: "${source.login}".to_owned(),
        signing_key: key_id(label),
        document: serde_json::Map::new(),
        created: NOW,
        last_updated: NOW,
    }
}

/// The roles of an assignment: `samlRoles`.
pub fn roles(arns: &[&str]) -> RoleAssignment {
    RoleAssignment { role: None, saml_roles: arns.iter().map(|arn| role_arn(arn)).collect() }
}

/// A direct assignment.
pub fn user_assignment(app: &App, user: &User, arns: &[&str]) -> UserAssignment {
    UserAssignment {
        app: app.id.clone(),
        user: user.id.clone(),
        user_name: None,
        roles: roles(arns),
        created: NOW,
        last_updated: NOW,
    }
}

/// A group's assignment.
pub fn group_assignment(app: &App, group: &Group, priority: u32, arns: &[&str]) -> GroupAssignment {
    GroupAssignment {
        app: app.id.clone(),
        group: group.id.clone(),
        priority,
        roles: roles(arns),
        created: NOW,
        last_updated: NOW,
    }
}

/// An active RSA-2048 key; certificate and sealed key are no real ones.
pub fn signing_key(app: &App, name: &str) -> SigningKey {
    SigningKey {
        id: key_id(name),
        app: app.id.clone(),
        state: KeyState::Active,
        algorithm: KeyAlgorithm::Rsa2048,
        certificate: name.as_bytes().to_vec(),
        private_key: Sealed {
            master_key_id: "fake-master-key".to_owned(),
            bytes: format!("signing-key:{}\n{name}", key_id(name)).into_bytes(),
        },
        created: NOW,
        not_after: NOW.plus_seconds(10 * 365 * 86_400),
    }
}

/// A session that lasts two hours unused and twelve in any case.
pub fn session(user: &User, name: &str) -> Session {
    Session {
        id: session_id(name),
        user: user.id.clone(),
        created: NOW,
        last_used: NOW,
        idle_expires: NOW.plus_seconds(2 * 3600),
        expires: NOW.plus_seconds(12 * 3600),
        amr: vec!["pwd".to_owned()],
        ip: Some("192.0.2.1".to_owned()),
        user_agent: "Sample/1.0".to_owned(),
    }
}

/// A one-time token that lasts five minutes.
pub fn one_time_token(user: Option<&User>, purpose: OneTimePurpose, name: &str) -> OneTimeToken {
    let user = user.map(|user| user.id.clone());
    OneTimeToken { hash: hash(name), purpose, user, expires: NOW.plus_seconds(300) }
}

/// An API token of a super administrator, without end.
pub fn api_token(user: Option<&User>, name: &str) -> ApiToken {
    ApiToken {
        id: token_id(name),
        name: name.to_owned(),
        user: user.map(|user| user.id.clone()),
        role: AdminRole::SuperAdmin,
        created: NOW,
        last_used: None,
        expires: None,
    }
}

/// An account id from a number: `account_id(12)` is `000000000012`.
pub fn account_id(number: u64) -> AccountId {
    format!("{number:012}").parse().expect("a number below 10^12 is an account id")
}

/// A role ARN.
pub fn role_arn(arn: &str) -> RoleArn {
    arn.parse().unwrap_or_else(|error| panic!("{error}"))
}

/// An account as read now; its alias is `alias-{number}`, its name `Account {number}`.
pub fn aws_account(app: &App, number: u64) -> AwsAccount {
    AwsAccount {
        app: app.id.clone(),
        id: account_id(number),
        partition: Partition::Aws,
        name: format!("Account {number}"),
        alias: Some(format!("alias-{number}")),
        organization_state: None,
        last_success: Some(NOW),
        last_attempt: NOW,
        error: None,
        vanished: None,
    }
}

/// A verdict: trusted.
pub fn trusted() -> TrustVerdict {
    TrustVerdict {
        trust: Trust::Allowed,
        code: "trusted".to_owned(),
        statement: Some("statement 1".to_owned()),
        explanation: "Statement 1 lets the provider in.".to_owned(),
        fix: None,
        tag_session: Trust::Refused,
        set_source_identity: Trust::Refused,
    }
}

/// A verdict: another provider.
pub fn refused() -> TrustVerdict {
    TrustVerdict {
        trust: Trust::Refused,
        code: "other_provider".to_owned(),
        statement: None,
        explanation: "No statement names the provider.".to_owned(),
        fix: Some("Add the provider to the trust policy.".to_owned()),
        ..trusted()
    }
}

/// A role of an account that trusts the provider, `/`-pathed.
pub fn aws_role(account: &AwsAccount, name: &str) -> AwsRole {
    AwsRole {
        app: account.app.clone(),
        arn: role_arn(&format!("arn:{}:iam::{}:role/{name}", account.partition, account.id)),
        description: format!("May {name}"),
        max_session_duration: 3600,
        trust_policy: r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned(),
        verdict: trusted(),
        vanished: None,
        last_seen: NOW,
    }
}

/// An error of reading an account.
pub fn discovery_error(step: DiscoveryStep, code: &str) -> DiscoveryError {
    DiscoveryError {
        step,
        code: code.to_owned(),
        message: format!("{code} while a test was looking"),
        hint: "Look at the test.".to_owned(),
    }
}

/// An enabled integration: one source with an access key, connected to these accounts.
pub fn integration(app: &App, connected: &[AccountId]) -> AwsIntegration {
    let account = |id: &AccountId| ConnectedAccount { id: *id, role_name: None, external_id: None, session_name: None };
    AwsIntegration {
        app: app.id.clone(),
        enabled: true,
        sources: vec![SourceAccount {
            partition: Partition::Aws,
            region: None,
            credentials: SourceCredentials::AccessKey { access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned() },
            connected: ConnectedAccounts::Listed(connected.iter().map(account).collect()),
        }],
        cross_account_role: DEFAULT_CROSS_ACCOUNT_ROLE.to_owned(),
        external_id: None,
        session_name: "rolegate-discovery".to_owned(),
        interval_seconds: 3600,
        last_updated: NOW,
    }
}

/// A run that goes on.
pub fn run(app: &App, name: &str) -> DiscoveryRun {
    DiscoveryRun {
        id: run_id(name),
        app: app.id.clone(),
        trigger: RunTrigger::Request,
        account: None,
        status: RunStatus::Running,
        started: NOW,
        finished: None,
        accounts_total: 0,
        accounts_done: 0,
        accounts_failed: 0,
        roles_found: 0,
        roles_added: 0,
        roles_vanished: 0,
        error: None,
    }
}

/// An event by the system, `number` milliseconds after [`NOW`].
pub fn event(number: u32, event_type: &str) -> Event {
    Event {
        uuid: format!("019aa96f-0000-7000-8000-{number:012x}"),
        published: Timestamp::from_millis(NOW.millis() + i64::from(number)),
        event_type: event_type.to_owned(),
        display_message: format!("Sample {event_type}"),
        severity: Severity::Info,
        outcome: Outcome::Success,
        reason: None,
        actor: Actor::system(),
        origin: Origin::default(),
        targets: Vec::new(),
        debug_data: BTreeMap::new(),
    }
}

/// A target of an event: a user.
pub fn user_target(user: &User) -> Target {
    Target {
        id: user.id.to_string(),
        kind: "User".to_owned(),
        alternate_id: user.profile.login.to_string(),
        display_name: user.display_name(),
    }
}
