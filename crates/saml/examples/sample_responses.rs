//! Writes signed responses and metadata for others to judge: `sample_responses DIRECTORY MILLISECONDS_SINCE_1970`.
//!
//! `tests/saml/verify.py` runs it and gives every file to verifiers that we did not write. `manifest.json` says of each
//! response which certificate signed it and which values a verifier has to find in it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a tool for tests: it stops where something is wrong"
)]

use std::{fs, path::Path};

use aws_lc_rs::{encoding::AsDer as _, rand, rsa::KeyPair, rsa::KeySize};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{Entropy, ProviderArn, RoleArn, Timestamp, app::ResponseSignature};
use rolegate_saml::{
    AwsResponse, Certificate, Metadata, NameId, NameIdFormat, ResponseIds, RsaSigner, SentRole, Tag, Unsigned,
    Validity, preflight,
};
use serde_json::{Value, json};

const ENTITY_ID: &str = "https://id.example.org/app/0oa1?tenant=1&amp=2";
const SSO_URL: &str = "https://id.example.org/app/amazon_aws/0oa1/sso/saml";
/// Everything that XML 1.0 can hold and that somebody has ever got wrong.
const AWKWARD: &str = " &<>\"' tab\t line\n return\r crlf\r\n ]]> &amp; <!-- --> é Ω 日本 😀 e\u{301} \u{85}\u{2028}\u{feff}\u{fffd}\u{10ffff} ";

struct Random;
impl Entropy for Random {
    fn fill(&self, bytes: &mut [u8]) {
        rand::fill(bytes).unwrap();
    }
}

struct Key {
    name: &'static str,
    signer: RsaSigner,
    certificate: Certificate,
}

impl Key {
    fn generate(name: &'static str, size: KeySize) -> Self {
        let pkcs8 = KeyPair::generate(size).unwrap().as_der().unwrap().as_ref().to_vec();
        let key = rcgen::KeyPair::try_from(pkcs8.as_slice()).unwrap();
        let mut parameters = rcgen::CertificateParams::new(Vec::new()).unwrap();
        parameters.distinguished_name.push(rcgen::DnType::CommonName, name);
        let der = parameters.self_signed(&key).unwrap().der().to_vec();
        let signer = RsaSigner::from_pkcs8(&pkcs8).unwrap();
        Self { name, signer, certificate: Certificate::from_der(der).unwrap() }
    }

    fn pem(&self) -> String {
        let lines: Vec<_> =
            self.certificate.base64().as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
    }
}

fn roles(count: usize) -> Vec<SentRole> {
    let sent = |number: usize| {
        let role: RoleArn = format!("arn:aws:iam::{number:012}:role/Team-Administrator-{number:03}").parse().unwrap();
        let provider = ProviderArn::new(role.partition(), role.account(), "Rolegate").unwrap();
        SentRole { provider, role, max_session_duration: Some(3_600) }
    };
    (0..count).map(sent).collect()
}

fn plain(count: usize, now: Timestamp) -> AwsResponse {
    AwsResponse {
        issuer: ENTITY_ID.to_owned(),
        acs_url: "https://signin.aws.amazon.com/saml".to_owned(),
        audience: "urn:amazon:webservices".to_owned(),
        name_id: NameId { format: NameIdFormat::Persistent, value: "ann@example.org".to_owned() },
        role_session_name: "ann@example.org".to_owned(),
        roles: roles(count),
        session_duration: Some(3_600),
        source_identity: None,
        session_tags: Vec::new(),
        validity: Validity::from(now),
        authn_instant: now,
        ids: ResponseIds::generate(&Random),
        in_response_to: None,
    }
}

/// Every optional part, every legal character. AWS's own rules on values are not the point here.
fn awkward(now: Timestamp) -> AwsResponse {
    let mut response = plain(2, now);
    AWKWARD.clone_into(&mut response.name_id.value);
    response.roles[0].role = r#"arn:aws:iam::000000000000:role/a!"$%&'()*;<>?[]^`{|}~/b/_+=,.@-"#.parse().unwrap();
    response.source_identity = Some("ann".to_owned());
    response.session_tags = vec![
        Tag { key: AWKWARD.to_owned(), value: AWKWARD.to_owned(), transitive: true },
        Tag { key: "Empty".to_owned(), value: String::new(), transitive: true },
        Tag { key: "Zürich".to_owned(), value: "日本".to_owned(), transitive: false },
    ];
    response
}

/// One response as files, and what the manifest says of it.
fn write(directory: &Path, name: &str, key: &Key, response: &AwsResponse, kind: ResponseSignature) -> Value {
    let unsigned = Unsigned::prepare(response).unwrap();
    let predicted = unsigned.encoded_len(&key.certificate, kind, key.signer.sign(b"").unwrap().len());
    let signed = unsigned.sign(&key.certificate, kind, |data| key.signer.sign(data)).unwrap();
    assert_eq!(signed.encoded_len(), predicted, "{name}");
    assert_eq!(STANDARD.decode(signed.encoded()).unwrap(), signed.xml().as_bytes());
    fs::write(directory.join(format!("{name}.xml")), signed.xml()).unwrap();
    let roles: Vec<_> = response.roles.iter().map(|sent| format!("{},{}", sent.provider, sent.role)).collect();
    let tags: Vec<_> = response.session_tags.iter().map(|tag| json!([tag.key, tag.value])).collect();
    json!({
        "name": name, "key": key.name, "response_signed": kind == ResponseSignature::ResponseToo,
        "encoded_length": signed.encoded_len(), "name_id": response.name_id.value, "roles": roles, "tags": tags,
        "in_response_to": response.in_response_to, "response_id": response.ids.response,
        "by_the_rules": preflight::check(response, None, signed.encoded_len()).is_empty(),
    })
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let directory = Path::new(&arguments[1]);
    let now = Timestamp::from_millis(arguments[2].parse().unwrap());
    let keys = [Key::generate("rsa2048", KeySize::Rsa2048), Key::generate("rsa3072", KeySize::Rsa3072)];
    let stranger = Key::generate("stranger", KeySize::Rsa2048);

    let mut cases = Vec::new();
    for key in &keys {
        for kind in [ResponseSignature::AssertionOnly, ResponseSignature::ResponseToo] {
            let signed = if kind == ResponseSignature::ResponseToo { "both" } else { "assertion" };
            for count in [1, 20, 400] {
                let name = format!("{}-{signed}-{count:03}", key.name);
                cases.push(write(directory, &name, key, &plain(count, now), kind));
            }
            let name = format!("{}-{signed}-awkward", key.name);
            cases.push(write(directory, &name, key, &awkward(now), kind));
            let asked = AwsResponse { in_response_to: Some("_request1".to_owned()), ..plain(1, now) };
            let name = format!("{}-{signed}-asked", key.name);
            cases.push(write(directory, &name, key, &asked, kind));
        }
    }
    let forged = [ResponseSignature::AssertionOnly, ResponseSignature::ResponseToo].map(|kind| {
        let signed = if kind == ResponseSignature::ResponseToo { "both" } else { "assertion" };
        write(directory, &format!("stranger-{signed}"), &stranger, &plain(1, now), kind)
    });

    for (key, next) in [(&keys[0], &keys[1]), (&keys[1], &keys[0])] {
        let metadata = Metadata {
            entity_id: ENTITY_ID,
            certificates: vec![&key.certificate, &next.certificate],
            name_id_formats: &NameIdFormat::ALL,
            sso_url: SSO_URL,
        };
        fs::write(directory.join(format!("{}-metadata.xml", key.name)), metadata.write().unwrap()).unwrap();
    }
    for key in keys.iter().chain([&stranger]) {
        fs::write(directory.join(format!("{}.pem", key.name)), key.pem()).unwrap();
    }
    let manifest = json!({ "entity_id": ENTITY_ID, "sso_url": SSO_URL, "cases": cases, "forged": forged });
    fs::write(directory.join("manifest.json"), manifest.to_string()).unwrap();
}
