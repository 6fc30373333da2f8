//! What that AWS says: `GetCallerIdentity`, `AssumeRole`, `ListRoles`, `ListAccountAliases` (Query protocol, XML) and
//! `GetAccountInformation` (JSON).

use std::fmt::Write as _;

use crate::http::Message;

/// The account of the source credentials.
const SOURCE: &str = "999999999999";
/// Stands in the prepared listing where the account's id belongs.
const BLANK: &str = "@@@@@@@@@@@@";

/// Status, content type, body.
pub type Answer = (u16, &'static str, String);

/// Accounts that all look the same but for their ids.
pub struct Accounts {
    roles: String,
}

impl Accounts {
    /// With so many roles in each.
    pub fn new(roles: usize) -> Self {
        let mut text = String::from(
            "<ListRolesResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ListRolesResult>\
             <IsTruncated>false</IsTruncated><Roles>",
        );
        for number in 0..roles {
            // Writing to a `String` does not fail.
            let _ = write!(
                text,
                "<member><Path>/team/</Path><RoleName>Application-{number:03}</RoleName>\
                 <RoleId>AROABENCHMARK0000{number:04}</RoleId>\
                 <Arn>arn:aws:iam::{BLANK}:role/team/Application-{number:03}</Arn>\
                 <CreateDate>2026-01-02T03:04:05Z</CreateDate>\
                 <AssumeRolePolicyDocument>{}</AssumeRolePolicyDocument>\
                 <Description>Operators of application {number:03}</Description>\
                 <MaxSessionDuration>14400</MaxSessionDuration></member>",
                trust()
            );
        }
        text.push_str("</Roles></ListRolesResult>");
        text.push_str(METADATA);
        text.push_str("</ListRolesResponse>");
        Self { roles: text }
    }

    /// The answer to one call.
    pub fn answer(&self, call: &Message<'_>) -> Answer {
        if call.head.starts_with("POST /getAccountInformation") {
            let body = format!(r#"{{"AccountName":"Account {}"}}"#, account_of(call));
            return (200, "application/json", body);
        }
        let form = std::str::from_utf8(call.body).unwrap_or_default();
        let body = match parameter(form, "Action") {
            Some("GetCallerIdentity") => identity(),
            Some("AssumeRole") => assumed(parameter(form, "RoleArn").and_then(account_in).unwrap_or(SOURCE)),
            Some("ListRoles") => self.roles.replace(BLANK, account_of(call)),
            Some("ListAccountAliases") => alias(account_of(call)),
            other => return (400, "text/xml", unknown(other.unwrap_or("nothing"))),
        };
        (200, "text/xml", body)
    }
}

const METADATA: &str =
    "<ResponseMetadata><RequestId>00000000-0000-4000-8000-000000000000</RequestId></ResponseMetadata>";

/// The trust policy of a role for people, percent-encoded as IAM sends it.
fn trust() -> String {
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Federated":"arn:aws:iam::{BLANK}:saml-provider/Rolegate"}},"Action":["sts:AssumeRoleWithSAML","sts:TagSession"],"Condition":{{"StringEquals":{{"SAML:aud":"https://signin.aws.amazon.com/saml"}}}}}}]}}"#
    );
    let mut encoded = String::new();
    for byte in policy.chars() {
        match byte {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '.' | '_' | '~' | '@' => encoded.push(byte),
            other => {
                let _ = write!(encoded, "%{:02X}", u32::from(other));
            }
        }
    }
    encoded
}

fn identity() -> String {
    format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
         <Arn>arn:aws:iam::{SOURCE}:user/source</Arn><UserId>AIDABENCHMARK00000000</UserId><Account>{SOURCE}</Account>\
         </GetCallerIdentityResult>{METADATA}</GetCallerIdentityResponse>"
    )
}

/// The key id names the account, so that later calls tell where they belong.
fn assumed(account: &str) -> String {
    format!(
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><AssumedRoleUser>\
         <AssumedRoleId>AROABENCHMARK00000000:rolegate-discovery</AssumedRoleId>\
         <Arn>arn:aws:sts::{account}:assumed-role/Okta-Idp-cross-account-role/rolegate-discovery</Arn></AssumedRoleUser>\
         <Credentials><AccessKeyId>ASIA{account}</AccessKeyId><SecretAccessKey>no-secret</SecretAccessKey>\
         <SessionToken>no-token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>\
         </AssumeRoleResult>{METADATA}</AssumeRoleResponse>"
    )
}

fn alias(account: &str) -> String {
    format!(
        "<ListAccountAliasesResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ListAccountAliasesResult>\
         <IsTruncated>false</IsTruncated><AccountAliases><member>acme-{account}</member></AccountAliases>\
         </ListAccountAliasesResult>{METADATA}</ListAccountAliasesResponse>"
    )
}

fn unknown(action: &str) -> String {
    format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>{action}</Message></Error>\
         </ErrorResponse>"
    )
}

/// The account of the credentials that signed the call.
fn account_of<'a>(call: &'a Message<'_>) -> &'a str {
    let signed = call.header("authorization").and_then(|value| value.split_once("Credential=ASIA"));
    signed.and_then(|(_, rest)| rest.get(..12)).unwrap_or(SOURCE)
}

/// The account of an ARN whose colons are percent-encoded.
fn account_in(arn: &str) -> Option<&str> {
    arn.split("%3A").nth(4)
}

fn parameter<'a>(form: &'a str, name: &str) -> Option<&'a str> {
    form.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(head: &str, body: &str) -> Answer {
        Accounts::new(3).answer(&Message { head, body: body.as_bytes() })
    }

    #[test]
    fn a_call_is_answered_for_the_account_that_signed_it() {
        let head = "POST / HTTP/1.1\r\nauthorization: AWS4 Credential=ASIA000000000042/20261122/x\r\n\r\n";
        let (status, _, roles) = ask(head, "Action=ListRoles&Version=2010-05-08");
        assert_eq!((status, roles.matches("<member>").count()), (200, 3));
        assert!(roles.contains("arn:aws:iam::000000000042:role/team/Application-002") && !roles.contains('@'));
        assert!(roles.contains("arn%3Aaws%3Aiam%3A%3A000000000042%3Asaml-provider%2FRolegate"));
        assert!(ask(head, "Action=ListAccountAliases").2.contains("acme-000000000042"));
    }

    #[test]
    fn a_role_is_assumed_in_the_account_that_is_asked_for() {
        let body = "Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A000000000007%3Arole%2FX&DurationSeconds=900";
        let (status, _, answer) = ask("POST / HTTP/1.1\r\n\r\n", body);
        assert!(status == 200 && answer.contains("ASIA000000000007"), "{answer}");
        assert_eq!(ask("POST / HTTP/1.1\r\n\r\n", "Action=Nothing").0, 400);
    }
}
