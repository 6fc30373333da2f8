//! What an app's values have to be, checked before they are stored. Every mistake is named at once, with the value, the
//! reason and what is expected: AWS would say no more than "invalid SAML response", and only when somebody launches.

use domain::{App, AwsAppSettings, Partition, app::SessionTag};
use entitlement::mapping::Mapping;
use saml::{relay_state::RelayState, web_address::WebAddress};
use serde_json::{Map, Value};

use super::AppProfile;
use crate::{
    error::{Error, Result},
    template,
};

/// Values of `awsEnvironmentType` and the partition they name. Okta keeps a part of the sign-in host in it.
pub const ENVIRONMENTS: [(&str, Partition); 5] = [
    ("aws.amazon", Partition::Aws),
    ("amazonaws-us-gov", Partition::AwsUsGov),
    ("amazonaws", Partition::AwsCn),
    ("amazonaws.cn", Partition::AwsCn),
    ("amazonaws-eusc", Partition::AwsEusc),
];

/// `SessionDuration`: 900 to 43,200 seconds (IAM user guide, "Configure SAML assertions").
const SESSION_SECONDS: std::ops::RangeInclusive<u32> = 900..=43_200;
/// STS takes at most 50 session tags.
const MAX_TAGS: usize = 50;
/// Longer texts are mistakes.
const MAX_TEXT: usize = 2_048;

/// # Errors
/// `Invalid`: the first part that is not acceptable, with all its mistakes.
pub(super) fn profile(profile: &AppProfile) -> Result<()> {
    label(&profile.label)?;
    if let Err(error) = template::check(&profile.user_name_template) {
        return Err(Error::invalid("credentials.userNameTemplate.template", error.to_string()));
    }
    refuse("settings.app", settings(&profile.settings))?;
    refuse("settings.signOn", sign_on(&profile.document, &profile.settings))
}

fn refuse(field: &str, causes: Vec<String>) -> Result<()> {
    if causes.is_empty() { Ok(()) } else { Err(Error::Invalid { field: field.to_owned(), causes }) }
}

fn label(label: &str) -> Result<()> {
    let length = label.chars().count();
    if (1..=100).contains(&length) && label.trim() == label && !label.chars().any(char::is_control) {
        return Ok(());
    }
    let cause = format!(
        "a label has 1 to 100 characters, no control characters and no blanks at its ends; this one has {length}"
    );
    Err(Error::invalid("label", cause))
}

fn settings(settings: &AwsAppSettings) -> Vec<String> {
    let mut causes = Vec::new();
    if !SESSION_SECONDS.contains(&settings.session_duration) {
        causes.push(format!(
            "`sessionDuration` is `{}`: AWS takes 900 to 43,200 seconds (15 minutes to 12 hours)",
            settings.session_duration
        ));
    }
    let environment = &settings.aws_environment_type;
    if !ENVIRONMENTS.iter().any(|(name, _)| name == environment) {
        let names: Vec<String> = ENVIRONMENTS.iter().map(|(name, _)| format!("`{name}`")).collect();
        causes.push(format!(
            "`awsEnvironmentType` is `{}`: write one of {}; for another environment keep `aws.amazon` and set `overrideAcsURL`",
            clip(environment),
            names.join(", ")
        ));
    }
    causes.extend(settings.override_acs_url.as_deref().and_then(|url| web_address("overrideAcsURL", url)));
    causes.extend(web_address("loginURL", &settings.login_url));
    causes.extend(settings.audience.as_deref().and_then(audience));
    causes.extend(settings.source_identity.as_deref().and_then(|text| template_of("sourceIdentity", text)));
    for (name, text) in [
        ("appFilter", &settings.app_filter),
        ("groupFilter", &settings.group_filter),
        ("roleValuePattern", &settings.role_value_pattern),
    ] {
        if text.chars().count() > MAX_TEXT {
            causes.push(format!("`{name}` has {} characters: at most {MAX_TEXT} are kept", text.chars().count()));
        }
    }
    causes.extend(mapping(settings));
    causes.extend(tags(&settings.session_tags));
    causes
}

/// The settings of group mapping are checked also while `useGroupMapping` is off: turning it on is no moment for
/// surprises.
fn mapping(settings: &AwsAppSettings) -> Vec<String> {
    let errors = if settings.use_group_mapping {
        Mapping::check(settings).err().unwrap_or_default()
    } else {
        Mapping::check_unused(settings)
    };
    errors.iter().map(|error| format!("{error} ({})", error.code)).collect()
}

fn web_address(name: &str, url: &str) -> Option<String> {
    if url.len() > MAX_TEXT {
        return Some(format!("`{name}` has {} characters: at most {MAX_TEXT} are kept", url.len()));
    }
    let error = WebAddress::parse(url).err()?;
    Some(format!("`{name}` is `{}`: {error}; write it as in `https://signin.aws.amazon.com/saml`", clip(url)))
}

fn audience(text: &str) -> Option<String> {
    let legal = !text.trim().is_empty() && text.chars().count() <= 1_024 && !text.chars().any(char::is_control);
    (!legal).then(|| {
        format!("`audience` is `{}`: write a URI of 1 to 1,024 characters, or `null` for AWS's own", clip(text))
    })
}

fn template_of(name: &str, text: &str) -> Option<String> {
    if text.trim().is_empty() || text.chars().count() > MAX_TEXT {
        return Some(format!(
            "`{name}` is `{}`: write a template as `${{user.login}}`, or `null` to switch it off",
            clip(text)
        ));
    }
    template::check(text).err().map(|error| format!("`{name}`: {error}"))
}

/// STS: a key has 1 to 128 characters of letters, digits, blanks and `_.:/=+-@`, is unique without case and does not
/// begin with `aws:`.
fn tags(tags: &[SessionTag]) -> Vec<String> {
    let mut causes = Vec::new();
    if tags.len() > MAX_TAGS {
        causes.push(format!("`sessionTags` has {} entries: AWS STS takes at most {MAX_TAGS}", tags.len()));
    }
    for (index, tag) in tags.iter().enumerate() {
        let key = &tag.key;
        let legal = |character: char| character.is_alphanumeric() || " _.:/=+-@".contains(character);
        if !(1..=128).contains(&key.chars().count()) || !key.chars().all(legal) {
            causes.push(format!(
                "`sessionTags[{index}].key` is `{}`: AWS takes 1 to 128 letters, digits, blanks and `_.:/=+-@`",
                clip(key)
            ));
        } else if key.to_lowercase().starts_with("aws:") {
            causes.push(format!("`sessionTags[{index}].key` is `{key}`: names that begin with `aws:` are AWS's own"));
        }
        let same = |other: &SessionTag| other.key.to_lowercase() == key.to_lowercase();
        if tags.iter().take(index).any(same) {
            causes.push(format!(
                "`sessionTags[{index}].key` is `{}`: AWS takes each key once, whatever its case",
                clip(key)
            ));
        }
        causes.extend(template_of(&format!("sessionTags[{index}].value"), &tag.value));
    }
    causes
}

/// Okta's general SAML settings that would change the assertion: honoured here under other names, or not at all. One
/// that is not honoured is refused, because an assertion without the expected tags would go unnoticed.
fn sign_on(document: &Map<String, Value>, settings: &AwsAppSettings) -> Vec<String> {
    let Some(sign_on) = document.get("settings").and_then(|part| part.get("signOn")) else { return Vec::new() };
    let given = |name: &str| {
        sign_on
            .get(name)
            .filter(|value| !matches!(value, Value::Null) && value.as_str().is_none_or(|text| !text.is_empty()))
    };
    let mut causes = Vec::new();
    for (name, instead) in [
        ("ssoAcsUrlOverride", "set `settings.app.overrideAcsURL`"),
        ("recipientOverride", "set `settings.app.overrideAcsURL`: recipient and destination are the ACS URL"),
        ("destinationOverride", "set `settings.app.overrideAcsURL`: recipient and destination are the ACS URL"),
        ("audienceOverride", "set `settings.app.audience`"),
    ] {
        if let Some(value) = given(name) {
            causes.push(format!("`{name}` is `{}`: it has no effect here; {instead}", clip(&value.to_string())));
        }
    }
    if given("attributeStatements").and_then(Value::as_array).is_some_and(|statements| !statements.is_empty()) {
        causes.push(
            "`attributeStatements` has no effect here; for tags of the AWS session set `settings.app.sessionTags` (`[{\"key\":\"Department\",\"value\":\"${user.department}\",\"transitive\":false}]`), for the source identity `settings.app.sourceIdentity`"
                .to_owned(),
        );
    }
    if let Some(text) = given("defaultRelayState").and_then(Value::as_str) {
        let leads = |partition: Partition| RelayState::parse(text, partition, &settings.acs_url(partition));
        if !Partition::ALL.into_iter().any(|partition| leads(partition).is_ok())
            && let Err(error) = leads(Partition::Aws)
        {
            causes.push(format!("`defaultRelayState`: {error}"));
        }
    }
    causes
}

/// Names of what differs, for the log.
pub(super) fn changed(former: &App, app: &App) -> Vec<&'static str> {
    let (old, new) = (&former.settings, &app.settings);
    let differs = [
        ("label", former.label != app.label),
        ("userNameTemplate", former.user_name_template != app.user_name_template),
        ("appFilter", old.app_filter != new.app_filter),
        ("groupFilter", old.group_filter != new.group_filter),
        ("roleValuePattern", old.role_value_pattern != new.role_value_pattern),
        ("useGroupMapping", old.use_group_mapping != new.use_group_mapping),
        ("joinAllRoles", old.join_all_roles != new.join_all_roles),
        ("identityProviderArn", old.identity_provider_arn != new.identity_provider_arn),
        ("overrideAcsURL", old.override_acs_url != new.override_acs_url),
        ("sessionDuration", old.session_duration != new.session_duration),
        ("awsEnvironmentType", old.aws_environment_type != new.aws_environment_type),
        ("loginURL", old.login_url != new.login_url),
        ("combineGroupRoles", old.combine_group_roles != new.combine_group_roles),
        ("allRolesDuration", old.all_roles_duration != new.all_roles_duration),
        ("signResponse", old.response_signature != new.response_signature),
        ("audience", old.audience != new.audience),
        ("sourceIdentity", old.source_identity != new.source_identity),
        ("sessionTags", old.session_tags != new.session_tags),
        ("otherSettings", old.unknown != new.unknown),
        ("document", former.document != app.document),
    ];
    differs.into_iter().filter_map(|(name, differs)| differs.then_some(name)).collect()
}

fn clip(text: &str) -> String {
    text.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn causes_of(change: impl FnOnce(&mut AppProfile)) -> Vec<String> {
        let mut wanted = AppProfile::labelled("AWS");
        change(&mut wanted);
        match profile(&wanted) {
            Ok(()) => Vec::new(),
            Err(Error::Invalid { causes, .. }) => causes,
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn what_a_new_app_has_in_okta_is_accepted() {
        assert_eq!(causes_of(|_| ()), Vec::<String>::new());
    }

    #[test]
    fn every_mistake_is_named_at_once_with_its_value() {
        let causes = causes_of(|wanted| {
            wanted.settings.session_duration = 60;
            wanted.settings.aws_environment_type = String::new();
            wanted.settings.override_acs_url = Some("http://signin.example.com/saml".to_owned());
            wanted.settings.audience = Some(" ".to_owned());
            wanted.settings.source_identity = Some("${user.login".to_owned());
            wanted.settings.group_filter = "aws_(".to_owned();
            wanted.settings.role_value_pattern = "${role}".to_owned();
        });
        assert_eq!(causes.len(), 7, "{causes:#?}");
        for part in
            ["`60`", "43,200", "`http://signin.example.com/saml`", "`groupFilter`", "two ARNs", "`${user.login`"]
        {
            assert!(causes.iter().any(|cause| cause.contains(part)), "{part} in {causes:#?}");
        }
    }

    #[test]
    fn a_mapping_has_to_work_before_it_is_kept() {
        let with = |change: fn(&mut AwsAppSettings)| {
            causes_of(|wanted| {
                wanted.settings.use_group_mapping = true;
                change(&mut wanted.settings);
            })
        };
        assert!(with(|_| ()).is_empty(), "Okta's stored settings");
        assert!(
            with(|settings| settings.group_filter = r"(?!x)(a+)+".to_owned())[0].contains("role_value_unknown_part")
        );
        let slow = |settings: &mut AwsAppSettings| {
            settings.group_filter = r"(?!x)(?{{accountid}}\d+)_(?{{role}}(?:a+)+)".to_owned();
        };
        assert!(with(slow)[0].ends_with("(group_filter_too_slow)"));
        assert!(with(|settings| settings.app_filter = " ".to_owned())[0].contains("`appFilter`"));
        let unused = |change: fn(&mut AwsAppSettings)| causes_of(|wanted| change(&mut wanted.settings));
        assert!(unused(|settings| settings.group_filter.clear()).is_empty());
        assert!(unused(|settings| settings.group_filter = "x".to_owned()).is_empty(), "its parts may come later");
        assert_eq!(unused(|settings| settings.group_filter = r"(?!x)(a+)+".to_owned()).len(), 1);
    }

    #[test]
    fn the_acs_url_of_an_emulator_on_this_machine_may_be_http() {
        let with = |url: &str| {
            let url = url.to_owned();
            causes_of(|wanted| wanted.settings.override_acs_url = Some(url))
        };
        assert!(with("http://127.0.0.1:4566/saml").is_empty());
        assert_eq!(with("javascript:alert(1)").len(), 1);
    }

    #[test]
    fn tags_obey_the_rules_of_sts() {
        let tag =
            |key: &str, value: &str| SessionTag { key: key.to_owned(), value: value.to_owned(), transitive: true };
        let with = |tags: Vec<SessionTag>| causes_of(|wanted| wanted.settings.session_tags = tags);
        assert!(with(vec![tag("Cost Center", "${user.costCenter}"), tag("Team", "red")]).is_empty());
        assert_eq!(with(vec![tag("a", "x"), tag("A", "x")]).len(), 1, "twice, without case");
        assert_eq!(with(vec![tag("aws:x", "x")]).len(), 1);
        assert_eq!(with(vec![tag("a{", "x")]).len(), 1);
        assert_eq!(with(vec![tag("a", "${nobody.login}")]).len(), 1);
        assert_eq!(with((0..51).map(|number| tag(&format!("t{number}"), "x")).collect()).len(), 1);
    }

    #[test]
    fn an_override_that_would_have_no_effect_is_refused_and_names_ours() {
        let with = |sign_on: Value| {
            let document = json!({ "settings": { "signOn": sign_on } });
            causes_of(|wanted| wanted.document = document.as_object().unwrap().clone())
        };
        assert!(with(json!({"ssoAcsUrlOverride": null, "audienceOverride": "", "attributeStatements": []})).is_empty());
        assert!(with(json!({"audienceOverride": "urn:x"}))[0].contains("`settings.app.audience`"));
        assert!(with(json!({"attributeStatements": [{"name": "x"}]}))[0].contains("sessionTags"));
        assert!(with(json!({"defaultRelayState": "https://evil.example/"}))[0].contains("`evil.example`"));
        assert!(with(json!({"defaultRelayState": "https://console.amazonaws-us-gov.com/s3"})).is_empty());
    }
}
