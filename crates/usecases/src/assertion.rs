//! Composes what is said to AWS for one person and one or many roles, and holds AWS's rules against it.
//!
//! `NameID`: the app's user name with the format `unspecified`, as Okta sends it, so that `saml:sub` in existing trust
//! policies keeps its value. `RoleSessionName` by the stable rule of [`saml::RoleSessionName`].

use domain::{App, Partition, Seconds, Timestamp, User};
use entitlement::{duration, mapping::RoleValuePattern};
use saml::{AwsResponse, NameId, NameIdFormat, ResponseIds, RoleSessionName, SentRole, Tag, Unsigned, Validity};

use crate::{
    error::{Error, Result},
    finding::{Finding, Severity},
    services::Services,
    signing::Signing,
    template,
};

/// About whom, in which app, from which place, with which roles.
pub(crate) struct Draft<'a> {
    pub(crate) app: &'a App,
    pub(crate) user: &'a User,
    /// The name at the app, where the assignment gives one.
    pub(crate) user_name: Option<&'a str>,
    pub(crate) roles: Vec<SentRole>,
    /// When the person proved who they are.
    pub(crate) authn_instant: Timestamp,
    /// As the link asked for it.
    pub(crate) relay_state: Option<&'a str>,
    pub(crate) in_response_to: Option<&'a str>,
}

/// A written response that waits for its signature, with what was found about it.
pub(crate) struct Composed {
    pub(crate) response: AwsResponse,
    /// Absent where a value cannot be written in XML: there is a finding then.
    pub(crate) unsigned: Option<Unsigned>,
    pub(crate) relay_state: Option<String>,
    /// Characters of base64 that would be posted.
    pub(crate) encoded_len: usize,
    /// Errors first.
    pub(crate) findings: Vec<Finding>,
}

impl Composed {
    /// Signs it, which makes it valid.
    pub(crate) fn sign(
        self,
        app: &App,
        signing: &Signing,
    ) -> Result<(AwsResponse, Option<String>, saml::SignedResponse)> {
        let unsigned =
            self.unsigned.ok_or_else(|| Error::Internal("a forbidden response was to be signed".to_owned()))?;
        let kind = app.settings.response_signature;
        let signed = unsigned.sign(&signing.certificate, kind, |bytes| signing.signer.sign(bytes)).map_err(
            |error| match error {
                saml::BuildError::Sign(error) => Error::Keys(error),
                saml::BuildError::Illegal(error) => Error::Internal(error.to_string()),
            },
        )?;
        Ok((self.response, self.relay_state, signed))
    }
}

/// Composes and checks. The roles must be of one partition: more of them is a finding.
pub(crate) fn compose(services: &Services, signing: &Signing, draft: Draft<'_>) -> Composed {
    let app = draft.app;
    let mut findings = Vec::new();
    let partition = draft.roles.first().map_or(environment(app), |sent| sent.role.partition());
    let acs_url = app.settings.acs_url(partition);
    let relay_state = relay_state(app, draft.relay_state, partition, &acs_url);
    let response = response(services, draft, partition, acs_url, &mut findings);
    let (unsigned, encoded_len) = match Unsigned::prepare(&response) {
        Ok(unsigned) => {
            let kind = app.settings.response_signature;
            let length = unsigned.encoded_len(&signing.certificate, kind, signing.signature_bytes);
            (Some(unsigned), length)
        }
        Err(error) => {
            let fix = "correct the profile attribute or the app setting that holds it";
            findings.push(Finding::error("illegal_character", error.to_string(), fix));
            (None, 0)
        }
    };
    let checked = saml::preflight::check(&response, relay_state.as_deref(), encoded_len);
    findings.extend(checked.into_iter().map(Finding::from));
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    Composed { response, unsigned, relay_state, encoded_len, findings }
}

fn response(
    services: &Services,
    draft: Draft<'_>,
    partition: Partition,
    acs_url: String,
    findings: &mut Vec<Finding>,
) -> AwsResponse {
    let Draft { app, user, user_name, roles, authn_instant, in_response_to, .. } = draft;
    let mut render = |setting: &str, text: &str| {
        template::render(text, user).unwrap_or_else(|error| {
            let fix = format!("correct `{setting}` of the app `{}`", app.label);
            findings.push(Finding::error("template", format!("`{setting}`: {error}"), fix));
            String::new()
        })
    };
    let name = match user_name {
        Some(name) => name.to_owned(),
        None => render("userNameTemplate", &app.user_name_template),
    };
    let source_identity = app.settings.source_identity.as_deref().map(|text| render("sourceIdentity", text));
    let session_tags = session_tags(app, &mut render);
    AwsResponse {
        issuer: app.issuer.clone(),
        audience: app.settings.audience_for(partition),
        acs_url,
        role_session_name: RoleSessionName::for_user(&name, &user.profile.login, &user.id).into(),
        name_id: NameId { format: NameIdFormat::Unspecified, value: name },
        session_duration: Some(session_duration(app, &roles)),
        roles,
        source_identity,
        session_tags,
        validity: Validity::from(services.now()),
        authn_instant,
        ids: ResponseIds::generate(&*services.entropy),
        in_response_to: in_response_to.map(str::to_owned),
    }
}

/// A tag whose attribute the person does not have is not sent: an empty value would match untagged resources.
fn session_tags(app: &App, render: &mut impl FnMut(&str, &str) -> String) -> Vec<Tag> {
    let tags = app.settings.session_tags.iter().map(|tag| Tag {
        key: tag.key.clone(),
        value: render(&format!("sessionTags.{}", tag.key), &tag.value),
        transitive: tag.transitive,
    });
    tags.filter(|tag| !tag.value.is_empty()).collect()
}

fn session_duration(app: &App, roles: &[SentRole]) -> Seconds {
    let wanted = app.settings.session_duration;
    if let [sent] = roles {
        return duration::for_one_role(wanted, sent.max_session_duration);
    }
    let known = roles.iter().map(|sent| (&sent.role, sent.max_session_duration));
    duration::for_all_roles(app.settings.all_roles_duration, wanted, known).seconds
}

/// What the link asked for, as it is: the check judges it. Else what the app says, where it suits the partition.
fn relay_state(app: &App, asked: Option<&str>, partition: Partition, acs_url: &str) -> Option<String> {
    if let Some(asked) = asked.filter(|asked| !asked.is_empty()) {
        return Some(asked.to_owned());
    }
    let sign_on = app.document.get("settings").and_then(|settings| settings.get("signOn"));
    let default = sign_on.and_then(|sign_on| sign_on.get("defaultRelayState")).and_then(|value| value.as_str());
    // Okta's stock value names the EC2 console, which nobody chose.
    let login_url = Some(app.settings.login_url.as_str()).filter(|url| *url != STOCK_LOGIN_URL);
    let of_app = default.filter(|text| !text.is_empty()).or(login_url)?;
    saml::RelayState::parse(of_app, partition, acs_url).ok().map(|state| state.as_str().to_owned())
}

const STOCK_LOGIN_URL: &str = "https://console.aws.amazon.com/ec2/home";

/// The partition of an all-roles launch: `awsEnvironmentType` where it says something else than the stock value, else
/// the partition of `roleValuePattern` (with `useGroupMapping`) or of `identityProviderArn`.
pub(crate) fn environment(app: &App) -> Partition {
    let text = app.settings.aws_environment_type.to_ascii_lowercase();
    let named = if text.contains("us-gov") || text.contains("govcloud") {
        Some(Partition::AwsUsGov)
    } else if text.contains("amazonaws.cn") || text == "amazonaws" || text.contains("aws-cn") {
        Some(Partition::AwsCn)
    } else {
        Partition::ALL.into_iter().find(|partition| *partition != Partition::Aws && text == partition.as_str())
    };
    let provider = || app.settings.identity_provider_arn.as_ref().map(domain::ProviderArn::partition);
    let pattern = || RoleValuePattern::partition_in(&app.settings.role_value_pattern);
    let pattern = || app.settings.use_group_mapping.then(pattern).flatten();
    named.or_else(pattern).or_else(provider).unwrap_or(Partition::Aws)
}

/// Findings of the decision that warn, for one role.
pub(crate) fn warnings(usability: &entitlement::Usability) -> Vec<Finding> {
    match usability {
        entitlement::Usability::Warned { warnings } => {
            warnings.iter().map(|finding| Finding::of_entitlement(Severity::Warning, finding)).collect()
        }
        _ => Vec::new(),
    }
}
