//! Writes the response element by element, in the shape that Okta's clients and AWS expect.
//!
//! The text is cut where a signature belongs, so that hashing and signing need no search and no insertion:
//! `{response_head}[response signature]{status}{assertion_head}[assertion signature]{assertion_tail}{response_tail}`.

use domain::{ProviderArn, RoleArn};

use crate::{
    name_id::NameIdFormat,
    response::AwsResponse,
    xml::{
        name::{Name, saml2, saml2p},
        write::{Attribute, IllegalCharacter, Writer},
    },
};

const ATTRIBUTES: &str = "https://aws.amazon.com/SAML/Attributes/";
const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
const PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";

/// `NameFormat`, as Okta sends it for the same attributes. AWS goes by the name alone.
#[derive(Clone, Copy)]
enum NameFormat {
    Uri,
    Basic,
    Unspecified,
}

impl NameFormat {
    const fn uri(self) -> &'static str {
        match self {
            Self::Uri => "urn:oasis:names:tc:SAML:2.0:attrname-format:uri",
            Self::Basic => "urn:oasis:names:tc:SAML:2.0:attrname-format:basic",
            Self::Unspecified => "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified",
        }
    }
}

/// The response without signatures, cut where they belong.
#[derive(Debug)]
pub(crate) struct Pieces {
    /// From the beginning to the response's `Issuer`.
    pub(crate) response_head: String,
    /// The `Status`.
    pub(crate) status: String,
    /// From the assertion's beginning to its `Issuer`.
    pub(crate) assertion_head: String,
    /// From `Subject` to the assertion's end.
    pub(crate) assertion_tail: String,
    /// The response's end.
    pub(crate) response_tail: String,
}

/// Writes all of it.
pub(crate) fn write(response: &AwsResponse) -> Result<Pieces, IllegalCharacter> {
    let issue_instant = response.validity.issue_instant.to_string();
    let mut writer = Writer::with_capacity(512);

    let mut attributes: Vec<Attribute<'_>> = vec![
        ("ID", &response.ids.response),
        ("Version", "2.0"),
        ("IssueInstant", &issue_instant),
        ("Destination", &response.acs_url),
    ];
    attributes.extend(in_response_to(response));
    writer.open(saml2p("Response"), &mut attributes);
    issuer(&mut writer, response);
    let response_head = writer.take(256)?;

    writer.open(saml2p("Status"), &mut []);
    writer.leaf(saml2p("StatusCode"), &mut [("Value", SUCCESS)], "");
    writer.close();
    let status = writer.take(512)?;

    writer.open(
        saml2("Assertion"),
        &mut [("ID", &response.ids.assertion), ("Version", "2.0"), ("IssueInstant", &issue_instant)],
    );
    issuer(&mut writer, response);
    // A role is seldom longer than 200 bytes; the rest of the statements is about 2,000.
    let assertion_head = writer.take(2_500 + 220 * response.roles.len())?;

    subject(&mut writer, response);
    conditions(&mut writer, response);
    authn_statement(&mut writer, response);
    attribute_statement(&mut writer, response);
    writer.close();
    let assertion_tail = writer.take(32)?;
    let response_tail = writer.finish()?;
    Ok(Pieces { response_head, status, assertion_head, assertion_tail, response_tail })
}

fn in_response_to(response: &AwsResponse) -> Option<Attribute<'_>> {
    response.in_response_to.as_deref().map(|id| ("InResponseTo", id))
}

fn issuer(writer: &mut Writer, response: &AwsResponse) {
    writer.leaf(saml2("Issuer"), &mut [("Format", NameIdFormat::Entity.uri())], &response.issuer);
}

/// Exactly one `SubjectConfirmation`, with both `NotOnOrAfter` and `Recipient`: AWS refuses anything else.
fn subject(writer: &mut Writer, response: &AwsResponse) {
    let not_on_or_after = response.validity.not_on_or_after.to_string();
    writer.open(saml2("Subject"), &mut []);
    writer.leaf(saml2("NameID"), &mut [("Format", response.name_id.format.uri())], &response.name_id.value);
    writer.open(saml2("SubjectConfirmation"), &mut [("Method", BEARER)]);
    let mut attributes = vec![("NotOnOrAfter", not_on_or_after.as_str()), ("Recipient", &response.acs_url)];
    attributes.extend(in_response_to(response));
    writer.leaf(saml2("SubjectConfirmationData"), &mut attributes, "");
    writer.close();
    writer.close();
}

fn conditions(writer: &mut Writer, response: &AwsResponse) {
    let not_before = response.validity.not_before.to_string();
    let not_on_or_after = response.validity.not_on_or_after.to_string();
    writer.open(saml2("Conditions"), &mut [("NotBefore", &not_before), ("NotOnOrAfter", &not_on_or_after)]);
    writer.open(saml2("AudienceRestriction"), &mut []);
    writer.leaf(saml2("Audience"), &mut [], &response.audience);
    writer.close();
    writer.close();
}

/// Without `SessionNotOnOrAfter`: AWS would shorten the session to it.
fn authn_statement(writer: &mut Writer, response: &AwsResponse) {
    let authn_instant = response.authn_instant.to_string();
    writer.open(
        saml2("AuthnStatement"),
        &mut [("AuthnInstant", &authn_instant), ("SessionIndex", &response.ids.session_index)],
    );
    writer.open(saml2("AuthnContext"), &mut []);
    writer.leaf(saml2("AuthnContextClassRef"), &mut [], PASSWORD);
    writer.close();
    writer.close();
}

fn attribute_statement(writer: &mut Writer, response: &AwsResponse) {
    writer.open(saml2("AttributeStatement"), &mut []);
    attribute(writer, "Role", NameFormat::Uri, |writer| {
        for sent in &response.roles {
            writer.open(VALUE, &mut []);
            provider_arn(writer, &sent.provider);
            writer.text(",");
            role_arn(writer, &sent.role);
            writer.close();
        }
    });
    let value = |writer: &mut Writer, text: &str| writer.leaf(VALUE, &mut [], text);
    attribute(writer, "RoleSessionName", NameFormat::Basic, |writer| value(writer, &response.role_session_name));
    if let Some(seconds) = response.session_duration {
        attribute(writer, "SessionDuration", NameFormat::Basic, |writer| value(writer, &seconds.to_string()));
    }
    if let Some(identity) = &response.source_identity {
        attribute(writer, "SourceIdentity", NameFormat::Unspecified, |writer| value(writer, identity));
    }
    for tag in &response.session_tags {
        let name = format!("PrincipalTag:{}", tag.key);
        attribute(writer, &name, NameFormat::Unspecified, |writer| value(writer, &tag.value));
    }
    if response.session_tags.iter().any(|tag| tag.transitive) {
        attribute(writer, "TransitiveTagKeys", NameFormat::Unspecified, |writer| {
            for tag in response.session_tags.iter().filter(|tag| tag.transitive) {
                value(writer, &tag.key);
            }
        });
    }
    writer.close();
}

/// No `xsi:type`: it would halve the number of roles that fit.
const VALUE: Name = saml2("AttributeValue");

fn attribute(writer: &mut Writer, name: &str, format: NameFormat, values: impl FnOnce(&mut Writer)) {
    let name = format!("{ATTRIBUTES}{name}");
    writer.open(saml2("Attribute"), &mut [("Name", &name), ("NameFormat", format.uri())]);
    values(writer);
    writer.close();
}

/// As `Display` writes it, without the formatting machinery: this is the inner loop of a response with many roles.
fn provider_arn(writer: &mut Writer, arn: &ProviderArn) {
    arn_head(writer, arn.partition(), arn.account());
    writer.text(":saml-provider/");
    writer.text(arn.name());
}

fn role_arn(writer: &mut Writer, arn: &RoleArn) {
    arn_head(writer, arn.partition(), arn.account());
    writer.text(":role");
    writer.text(arn.path());
    writer.text(arn.name().as_str());
}

fn arn_head(writer: &mut Writer, partition: domain::Partition, account: domain::AccountId) {
    writer.text("arn:");
    writer.text(partition.as_str());
    writer.text(":iam::");
    let mut digits = [b'0'; 12];
    let mut number = account.number();
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(number % 10).unwrap_or_default();
        number /= 10;
    }
    writer.text(str::from_utf8(&digits).unwrap_or_default());
}
