//! People, apps, accounts and roles for the tests of this crate.

use std::collections::BTreeMap;

use domain::{
    App, AppId, AppStatus, AwsAppSettings, Directory, DirectoryId, Group, GroupAssignment, GroupId, GroupSource, KeyId,
    Partition, RoleArn, Timestamp, User, UserAssignment, UserId, UserProfile, UserStatus,
    assignment::RoleAssignment,
    aws::{AwsAccount, AwsRole, Trust, TrustVerdict},
    directory::{
        Connection, DirectoryKind, DirectoryStatus, GroupSettings, ImportSchedule, Matching, PeopleSettings,
        PersonAttributes, Reach,
    },
};
use serde_json::Map;

pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_795_324_200_000);

fn id(prefix: &str, number: u32) -> String {
    format!("{prefix}{number:017}")
}

pub(crate) fn arn(text: &str) -> RoleArn {
    text.parse().unwrap()
}

/// `arn:aws:iam::{account}:role/{role}` with the account's digit twelve times.
pub(crate) fn role_arn(digit: u32, role: &str) -> RoleArn {
    arn(&format!("arn:aws:iam::{}:role/{role}", digit.to_string().repeat(12)))
}

pub(crate) fn app() -> App {
    App {
        id: AppId::parse(&id("0oa", 1)).unwrap(),
        issuer: "https://id.example.com/0oa".to_owned(),
        label: "AWS".to_owned(),
        status: AppStatus::Active,
        settings: AwsAppSettings {
            identity_provider_arn: Some("arn:aws:iam::111111111111:saml-provider/Rolegate".parse().unwrap()),
            ..AwsAppSettings::default()
        },
        user_name_template: "${source.login}".to_owned(),
        signing_key: KeyId::parse(&id("0sk", 1)).unwrap(),
        document: Map::new(),
        created: NOW,
        last_updated: NOW,
    }
}

pub(crate) fn user() -> User {
    User {
        id: UserId::parse(&id("00u", 1)).unwrap(),
        status: UserStatus::Active,
        profile: UserProfile {
            login: "ann@example.com".parse().unwrap(),
            email: "ann@example.com".parse().unwrap(),
            first_name: "Ann".to_owned(),
            last_name: "Lee".to_owned(),
            extra: BTreeMap::new(),
        },
        admin_role: None,
        directory: None,
        created: NOW,
        activated: Some(NOW),
        status_changed: None,
        last_login: None,
        last_updated: NOW,
        password_changed: None,
    }
}

pub(crate) fn direct(role: Option<RoleArn>, saml_roles: &[RoleArn]) -> UserAssignment {
    UserAssignment {
        app: app().id,
        user: user().id,
        user_name: None,
        roles: RoleAssignment { role, saml_roles: saml_roles.to_vec() },
        created: NOW,
        last_updated: NOW,
    }
}

/// A group whose name ends in `number`, assigned `number` seconds after [`NOW`].
pub(crate) fn group(number: u32, priority: u32, saml_roles: &[RoleArn]) -> (GroupAssignment, Group) {
    let group = GroupId::parse(&id("00g", number)).unwrap();
    let assignment = GroupAssignment {
        app: app().id,
        group: group.clone(),
        priority,
        roles: RoleAssignment { role: None, saml_roles: saml_roles.to_vec() },
        created: NOW.plus_seconds(i64::from(number)),
        last_updated: NOW,
    };
    let group = Group {
        id: group,
        source: GroupSource::Local,
        name: format!("group {number}"),
        description: String::new(),
        created: NOW,
        last_updated: NOW,
        last_membership_updated: NOW,
    };
    (assignment, group)
}

/// A local group of this name.
pub(crate) fn named_group(number: u32, name: &str) -> Group {
    Group { name: name.to_owned(), ..group(number, 0, &[]).1 }
}

/// A group of this name from a directory.
pub(crate) fn directory_group(number: u32, name: &str, directory: &Directory) -> Group {
    let source =
        GroupSource::Directory { id: directory.id.clone(), name: directory.name.clone(), kind: directory.kind };
    Group { source, ..named_group(number, name) }
}

/// A directory in use.
pub(crate) fn directory(number: u32, name: &str, kind: DirectoryKind) -> Directory {
    let text = String::new;
    Directory {
        id: DirectoryId::parse(&id("0di", number)).unwrap(),
        name: name.to_owned(),
        kind,
        status: DirectoryStatus::Active,
        reach: Reach::Direct,
        connection: Connection {
            urls: Vec::new(),
            start_tls: false,
            ca_pem: None,
            bind_dn: None,
            timeout_seconds: 10,
            page_size: 500,
        },
        people: PeopleSettings {
            bases: Vec::new(),
            filter: text(),
            attributes: PersonAttributes {
                login: text(),
                email: text(),
                first_name: text(),
                last_name: text(),
                further: BTreeMap::new(),
            },
        },
        groups: GroupSettings { bases: Vec::new(), filter: text(), name: text(), description: text() },
        delegated_authentication: true,
        just_in_time: false,
        schedule: ImportSchedule { incremental_seconds: None, full_seconds: None },
        safeguard_percent: 20,
        matching: Matching { by: Vec::new(), confirm_automatically: true },
        created: NOW,
        last_updated: NOW,
    }
}

pub(crate) fn account(digit: u32, name: &str, alias: Option<&str>) -> AwsAccount {
    AwsAccount {
        app: app().id,
        id: digit.to_string().repeat(12).parse().unwrap(),
        partition: Partition::Aws,
        name: name.to_owned(),
        alias: alias.map(str::to_owned),
        organization_state: None,
        last_success: Some(NOW),
        last_attempt: NOW,
        error: None,
        vanished: None,
    }
}

pub(crate) fn role(arn: &RoleArn) -> AwsRole {
    AwsRole {
        app: app().id,
        arn: arn.clone(),
        description: String::new(),
        max_session_duration: 3_600,
        trust_policy: String::new(),
        verdict: verdict(Trust::Allowed, "trusted"),
        vanished: None,
        last_seen: NOW,
    }
}

pub(crate) fn verdict(trust: Trust, code: &str) -> TrustVerdict {
    TrustVerdict {
        trust,
        code: code.to_owned(),
        statement: None,
        explanation: format!("the policy says {code}"),
        fix: None,
        tag_session: Trust::Refused,
        set_source_identity: Trust::Refused,
    }
}
