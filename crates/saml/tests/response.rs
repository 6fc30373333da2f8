//! The response as a whole: its exact text, its size, and the steps that sign it.
//!
//! That others accept it is judged by `tests/saml/verify.py`.

#![expect(clippy::unwrap_used, reason = "a test that cannot make its fixture fails")]

use std::convert::Infallible;

use domain::{Entropy, ProviderArn, RoleArn, Timestamp, app::ResponseSignature};
use rolegate_saml::{
    AwsResponse, BuildError, Certificate, NameId, NameIdFormat, ResponseIds, SentRole, SignedResponse, Tag, Unsigned,
    Validity, xml::read::Document,
};

const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";

struct Counter;
impl Entropy for Counter {
    fn fill(&self, bytes: &mut [u8]) {
        for (byte, value) in bytes.iter_mut().zip(1..) {
            *byte = value;
        }
    }
}

fn certificate() -> Certificate {
    let mut der = vec![0x30, 0x82, 0x02, 0x80, 0x30];
    der.resize(4 + 0x280, 0x42);
    Certificate::from_der(der).unwrap()
}

fn sent(role: &str) -> SentRole {
    let role: RoleArn = role.parse().unwrap();
    let provider = ProviderArn::new(role.partition(), role.account(), "Rolegate").unwrap();
    SentRole { provider, role, max_session_duration: None }
}

fn sample() -> AwsResponse {
    let now = Timestamp::parse("2026-11-22T05:10:00Z").unwrap();
    let ids = ["idr1", "ida1", "ids1"].map(str::to_owned);
    let [response, assertion, session_index] = ids;
    AwsResponse {
        issuer: "https://id.example.org/0oa1".to_owned(),
        acs_url: "https://signin.aws.amazon.com/saml".to_owned(),
        audience: "urn:amazon:webservices".to_owned(),
        name_id: NameId { format: NameIdFormat::Persistent, value: "Ann <ann@example.org> & \"Co\"".to_owned() },
        role_session_name: "ann@example.org".to_owned(),
        roles: vec![
            sent("arn:aws:iam::012345678901:role/team/a&b/Admin"),
            sent("arn:aws:iam::123456789012:role/Reader"),
        ],
        session_duration: Some(3_600),
        source_identity: Some("ann".to_owned()),
        session_tags: vec![
            Tag { key: "Team".to_owned(), value: "Zürich".to_owned(), transitive: true },
            Tag { key: "Empty".to_owned(), value: String::new(), transitive: false },
        ],
        validity: Validity::from(now),
        authn_instant: now.plus_seconds(-90),
        ids: ResponseIds { response, assertion, session_index },
        in_response_to: None,
    }
}

fn sign(response: &AwsResponse, kind: ResponseSignature) -> SignedResponse {
    let key = |_: &[u8]| Ok::<_, Infallible>(vec![0x5a; 256]);
    Unsigned::prepare(response).unwrap().sign(&certificate(), kind, key).unwrap()
}

#[test]
fn the_text_of_a_response_is_what_it_was() {
    insta::assert_snapshot!("response", sign(&sample(), ResponseSignature::ResponseToo).xml());
}

#[test]
fn an_administrator_sees_every_value_and_no_signature() {
    let preview = Unsigned::prepare(&sample()).unwrap().preview();
    assert!(!preview.contains("Signature"));
    insta::assert_snapshot!("preview", preview);
}

#[test]
fn a_role_value_is_provider_then_role_in_one_attribute() {
    let document = Document::parse(sign(&sample(), ResponseSignature::AssertionOnly).xml().as_bytes()).unwrap();
    let values: Vec<_> = document
        .elements()
        .iter()
        .filter(|element| element.is(ASSERTION, "AttributeValue") && element.text.starts_with("arn:"))
        .collect();
    let texts: Vec<_> = values.iter().map(|value| value.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "arn:aws:iam::012345678901:saml-provider/Rolegate,arn:aws:iam::012345678901:role/team/a&b/Admin",
            "arn:aws:iam::123456789012:saml-provider/Rolegate,arn:aws:iam::123456789012:role/Reader",
        ]
    );
    assert_eq!(values[0].parent, values[1].parent);
}

#[test]
fn the_bytes_to_sign_name_the_element_that_they_are_about() {
    let unsigned = Unsigned::prepare(&sample()).unwrap();
    let signed_info = String::from_utf8(unsigned.signed_info().to_vec()).unwrap();
    assert!(signed_info.starts_with("<ds:SignedInfo xmlns:ds=") && signed_info.contains("URI=\"#ida1\""));
    let response = unsigned.attach(&[0; 256], &certificate()).sign_response().unwrap();
    let signed_info = String::from_utf8(response.signed_info().to_vec()).unwrap();
    assert!(signed_info.contains("URI=\"#idr1\""));
}

#[test]
fn the_length_is_known_before_anything_is_signed() {
    for kind in [ResponseSignature::AssertionOnly, ResponseSignature::ResponseToo] {
        let predicted = Unsigned::prepare(&sample()).unwrap().encoded_len(&certificate(), kind, 256);
        let signed = sign(&sample(), kind);
        assert_eq!(predicted, signed.encoded().len());
        assert_eq!(signed.encoded_len(), signed.encoded().len());
        assert!(!signed.encoded().contains('\n'));
    }
}

#[test]
fn four_hundred_roles_of_usual_length_fit_into_what_aws_takes() {
    let mut response = sample();
    response.roles = (0..400)
        .map(|number| sent(&format!("arn:aws:iam::{number:012}:role/Team-Administrator-{number:03}")))
        .collect();
    let length = sign(&response, ResponseSignature::AssertionOnly).encoded_len();
    assert!(length < rolegate_saml::preflight::MAX_ENCODED_LENGTH, "{length}");
}

#[test]
fn an_answer_to_a_request_names_it_twice_and_an_unasked_one_not_at_all() {
    assert!(!sign(&sample(), ResponseSignature::AssertionOnly).xml().contains("InResponseTo"));
    let response = AwsResponse { in_response_to: Some("_request1".to_owned()), ..sample() };
    let text = sign(&response, ResponseSignature::AssertionOnly);
    assert_eq!(text.xml().matches(" InResponseTo=\"_request1\"").count(), 2);
}

#[test]
fn a_profile_with_a_control_character_is_refused_before_the_key_is_asked() {
    let mut response = sample();
    response.session_tags[0].value = "a\u{b}b".to_owned();
    let error = Unsigned::prepare(&response).unwrap_err();
    assert_eq!((error.character, error.place), ('\u{b}', "AttributeValue"));
}

#[test]
fn a_key_that_refuses_yields_no_response() {
    let refuse = |_: &[u8]| Err(rolegate_saml::KeyError::Failed);
    let unsigned = Unsigned::prepare(&sample()).unwrap();
    let answer = unsigned.sign(&certificate(), ResponseSignature::AssertionOnly, refuse);
    assert_eq!(answer, Err(BuildError::Sign(rolegate_saml::KeyError::Failed)));
}

#[test]
fn identifiers_are_legal_in_xml_and_hold_128_random_bits() {
    let ids = ResponseIds::generate(&Counter);
    assert_eq!(ids.assertion, "id0102030405060708090a0b0c0d0e0f10");
}

#[test]
fn a_signed_response_does_not_show_itself_in_a_log() {
    let signed = sign(&sample(), ResponseSignature::AssertionOnly);
    assert_eq!(format!("{signed:?}"), format!("SignedResponse({} bytes)", signed.xml().len()));
}
