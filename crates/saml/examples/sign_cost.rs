//! What a signed response costs over the bare RSA signature, on one core: `cargo run --release --example sign_cost`.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a tool for measuring")]

use std::{convert::Infallible, hint::black_box, time::Instant};

use aws_lc_rs::{
    encoding::AsDer as _,
    rsa::{KeyPair, KeySize},
};
use domain::{Entropy, ProviderArn, RoleArn, Timestamp, app::ResponseSignature};
use rolegate_saml::{
    AwsResponse, Certificate, NameId, NameIdFormat, ResponseIds, RsaSigner, SentRole, Unsigned, Validity, preflight,
};

struct Random;
impl Entropy for Random {
    fn fill(&self, bytes: &mut [u8]) {
        aws_lc_rs::rand::fill(bytes).unwrap();
    }
}

fn response(roles: &[SentRole]) -> AwsResponse {
    let now = Timestamp::from_millis(1_795_324_200_000);
    AwsResponse {
        issuer: "https://id.example.org/0oa1".to_owned(),
        acs_url: "https://signin.aws.amazon.com/saml".to_owned(),
        audience: "urn:amazon:webservices".to_owned(),
        name_id: NameId { format: NameIdFormat::Unspecified, value: "ann@example.org".to_owned() },
        role_session_name: "ann@example.org".to_owned(),
        roles: roles.to_vec(),
        session_duration: Some(3_600),
        source_identity: None,
        session_tags: Vec::new(),
        validity: Validity::from(now),
        authn_instant: now,
        ids: ResponseIds::generate(&Random),
        in_response_to: None,
    }
}

/// Median of 21 rounds, in microseconds per call.
fn cost(per_round: u32, mut work: impl FnMut()) -> f64 {
    let mut rounds: Vec<f64> = (0..21)
        .map(|_| {
            let start = Instant::now();
            (0..per_round).for_each(|_| work());
            start.elapsed().as_secs_f64() * 1e6 / f64::from(per_round)
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds.get(10).copied().unwrap_or_default()
}

fn main() {
    let pkcs8 = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let signer = RsaSigner::from_pkcs8(pkcs8.as_der().unwrap().as_ref()).unwrap();
    let mut der = vec![0x30, 0x82, 0x03, 0x00, 0x30];
    der.resize(4 + 0x300, 0);
    let certificate = Certificate::from_der(der).unwrap();
    println!("RSA-2048 signature alone: {:.1} us", cost(50, || drop(black_box(signer.sign(b"data")))));
    for count in [1, 10, 200, 400] {
        let roles: Vec<_> = (0..count).map(sent).collect();
        let draft = response(&roles);
        let blank = |_: &[u8]| Ok::<_, Infallible>(vec![0; 256]);
        let text = cost(200, || {
            let unsigned = Unsigned::prepare(&draft).unwrap();
            black_box(unsigned.sign(&certificate, ResponseSignature::AssertionOnly, blank).unwrap());
        });
        let finished =
            Unsigned::prepare(&draft).unwrap().sign(&certificate, ResponseSignature::AssertionOnly, blank).unwrap();
        let base64 = cost(200, || drop(black_box(finished.encoded())));
        let check = cost(200, || drop(black_box(preflight::check(&draft, None, 8_000))));
        println!("{count:3} roles: text and digests {text:.1} us, base64 {base64:.1} us, pre-flight {check:.1} us");
    }
}

fn sent(number: usize) -> SentRole {
    let role: RoleArn = format!("arn:aws:iam::{number:012}:role/Team-Administrator-{number:03}").parse().unwrap();
    let provider = ProviderArn::new(role.partition(), role.account(), "Rolegate").unwrap();
    SentRole { provider, role, max_session_duration: Some(3_600) }
}
