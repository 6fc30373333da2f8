//! What is known beforehand of the request that an assertion makes, by condition key.
//! IAM user guide, "Available keys for SAML-based AWS STS federation" and "AWS global condition context keys".

use super::{SourceIdentity, TrustQuestion};

/// What a condition key holds when AWS looks at it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fact {
    /// Never there.
    Absent,
    /// There, with exactly these values.
    Known(Vec<String>),
    /// There; the value depends on the person.
    Present,
    /// Whether it is there, and with what, is known to AWS alone.
    Open,
}

/// The fact behind a condition key, whose name is given in lower case: IAM does not look at its case.
pub(super) fn fact(question: &TrustQuestion, key: &str) -> Fact {
    match key {
        "saml:aud" => Fact::Known(vec![question.recipient.clone()]),
        "saml:iss" => question.issuer.as_ref().map_or(Fact::Present, |issuer| Fact::Known(vec![issuer.clone()])),
        "saml:doc" => Fact::Known(vec![format!("{}/{}", question.provider.account(), question.provider.name())]),
        "saml:sub" | "saml:sub_type" | "saml:namequalifier" | "sts:rolesessionname" => Fact::Present,
        "sts:sourceidentity" => match question.source_identity {
            SourceIdentity::Sent => Fact::Present,
            SourceIdentity::NotSent => Fact::Absent,
        },
        "aws:tagkeys" => list(question.tags.iter().map(|tag| tag.key.clone())),
        "sts:transitivetagkeys" => list(question.tags.iter().filter(|tag| tag.transitive).map(|tag| tag.key.clone())),
        // An external id belongs to `sts:AssumeRole` alone.
        "sts:externalid" => Fact::Absent,
        // STS speaks HTTPS only.
        "aws:securetransport" => Fact::Known(vec!["true".to_owned()]),
        key => key.strip_prefix("aws:requesttag/").map_or(Fact::Open, |tag| request_tag(question, tag)),
    }
}

fn list(values: impl Iterator<Item = String>) -> Fact {
    let values: Vec<String> = values.collect();
    if values.is_empty() { Fact::Absent } else { Fact::Known(values) }
}

/// A tag whose value is fixed is known; one that is made of the person's attributes is not, and may be left out.
fn request_tag(question: &TrustQuestion, key: &str) -> Fact {
    match question.tags.iter().find(|tag| tag.key.to_lowercase() == key) {
        None => Fact::Absent,
        Some(tag) if tag.value.contains("${") => Fact::Open,
        Some(tag) => Fact::Known(vec![tag.value.clone()]),
    }
}
