//! What an administrator can do about a failure, in our words, by step and AWS's code.

use domain::{
    AccountId, Partition, RoleArn,
    aws::{DiscoveryStep, DiscoveryStep as Step},
};

/// The policy that the cross-account role needs; shown so that it can be copied.
const READ_POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:ListRoles","iam:ListAccountAliases"],"Resource":"*"}]}"#;

/// Where a call went, as far as hints name it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    /// The source's partition.
    pub(crate) partition: Partition,
    /// The region whose endpoints are used.
    pub(crate) region: &'a str,
    /// How the source authenticates: ``the access key `AKIA…` ``.
    pub(crate) credentials: &'a str,
    /// The account that is being read, when it is one.
    pub(crate) account: Option<AccountId>,
    /// The cross-account role, when one was assumed.
    pub(crate) role: Option<&'a RoleArn>,
    /// Whether an external id is sent.
    pub(crate) external_id: bool,
}

/// For an error code of AWS's.
pub(crate) fn for_code(step: DiscoveryStep, code: &str, message: &str, place: &Place<'_>) -> String {
    match code {
        "InvalidClientTokenId" | "UnrecognizedClientException" | "InvalidAccessKeyId" => unknown_key(step, place),
        "SignatureDoesNotMatch" | "InvalidSignatureException" | "IncompleteSignature" if is_skew(message) => skew(),
        "RequestTimeTooSkewed" | "RequestExpired" | "RequestInTheFuture" => skew(),
        "SignatureDoesNotMatch" | "InvalidSignatureException" | "IncompleteSignature" => format!(
            "The secret does not belong to {}: enter the access key id and its secret again, as one pair. When both are right, \
             a proxy on the way changes what was signed.",
            place.credentials
        ),
        "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" => format!(
            "The temporary credentials of the source account have run out: renew {} where it gets them (for example with \
             `aws sso login`), or use credentials that renew themselves, such as an instance role.",
            place.credentials
        ),
        "RegionDisabledException" | "OptInRequired" => format!(
            "The region `{}` is not enabled for this account: choose another region for the source account, or enable it \
             in the account.",
            place.region
        ),
        "AWSOrganizationsNotInUseException" => "The source account is not part of an organization: list the ids of the \
             connected accounts instead, or use credentials of the organization's management account."
            .to_owned(),
        "ValidationError" | "ValidationException" | "InvalidInputException" | "InvalidParameterValue" => {
            "AWS finds a value of the integration illegal; its message names it. Correct the cross-account role's name, \
             the external id (2 to 1,224 of letters, digits and `_+=,.@:/-`) or the session name (2 to 64 of letters, digits \
             and `_+=,.@-`)."
                .to_owned()
        }
        _ if is_throttling(code) => format!(
            "AWS limits how many calls {} may make and kept refusing. The next run tries again; when it happens every time, \
             look in CloudTrail for what else calls this API there.",
            whose_calls(step, place)
        ),
        _ if is_refusal(code) => refusal(step, message, place),
        _ if code.starts_with("Http") => bad_answer(),
        _ => "AWS's own description of this error code says more. The roles that were read before are kept; the next run \
              tries again."
            .to_owned(),
    }
}

/// Nothing came, or not all of it.
pub(crate) fn timeout() -> String {
    "The endpoint is slow, or something on the way holds the connection: try again; when it stays, check the proxy and \
     firewall between here and AWS, and `AWS_ENDPOINT_URL` if it is set."
        .to_owned()
}

/// No connection, or one that broke.
pub(crate) fn unreachable(place: &Place<'_>) -> String {
    format!(
        "No connection to AWS's endpoint in `{}` could be held: check DNS, the firewall, `HTTPS_PROXY` and `NO_PROXY`, and \
         `AWS_ENDPOINT_URL` if it is set.",
        place.region
    )
}

/// Something answered that is not AWS, or not all of it.
pub(crate) fn bad_answer() -> String {
    "This does not look like an answer of AWS: check whether a proxy answers in its place and whether `AWS_ENDPOINT_URL` \
     leads to the right service. The roles that were read before are kept."
        .to_owned()
}

/// The request could not be made at all.
pub(crate) fn bad_request() -> String {
    "The request could not be put together: check the region and `AWS_ENDPOINT_URL` (a whole URL, `https://host`)."
        .to_owned()
}

/// The chain came up empty.
pub(crate) fn no_credentials(place: &Place<'_>) -> String {
    format!(
        "Nothing gave credentials through {}: give this machine an instance role, or set `AWS_PROFILE` or \
         `AWS_WEB_IDENTITY_TOKEN_FILE` where Rolegate runs, or enter an access key for the source account.",
        place.credentials
    )
}

/// The source is of another partition than the one it was entered for.
pub(crate) fn wrong_partition(found: &str, place: &Place<'_>) -> String {
    format!(
        "Enter these credentials under the partition `{found}`, or credentials of an account of `{}`: roles never cross \
         partitions, so each needs a source account of its own.",
        place.partition
    )
}

fn unknown_key(step: Step, place: &Place<'_>) -> String {
    match step {
        Step::SourceCredentials | Step::ListAccounts | Step::AssumeRole => format!(
            "AWS does not know {} in the partition `{}`: it was deleted or made inactive, or belongs to another partition. \
             Create a new access key in the source account and enter it.",
            place.credentials, place.partition
        ),
        _ => format!(
            "The session that STS had just issued is unknown here: check that all of `AWS_ENDPOINT_URL…` lead to the same \
             AWS, and that `{}` is a region of the partition `{}`.",
            place.region, place.partition
        ),
    }
}

fn refusal(step: Step, message: &str, place: &Place<'_>) -> String {
    match step {
        Step::SourceCredentials => "This call needs no permission: a service control policy, or the policy of a VPC endpoint \
             on the way, refuses it."
            .to_owned(),
        Step::ListAccounts => "Only an organization's management account and its delegated administrators may list accounts: \
             allow `organizations:ListAccounts` to the source credentials there, or list the ids of the connected accounts \
             instead."
            .to_owned(),
        Step::AssumeRole => refused_role(message, place),
        Step::AccountName => "Allow `account:GetAccountInformation` if the account's own name should be shown.".to_owned(),
        _ => match place.role {
            Some(role) => format!("Attach this policy to the role `{role}`: {READ_POLICY}"),
            None => format!("Attach this policy to the owner of {}: {READ_POLICY}", place.credentials),
        },
    }
}

fn refused_role(message: &str, place: &Place<'_>) -> String {
    let role = place.role.map(ToString::to_string).unwrap_or_default();
    if message.contains("identity-based policy") {
        return format!(
            "Allow `sts:AssumeRole` on `{role}` in the policy of {} in the source account.",
            place.credentials
        );
    }
    if message.contains("service control policy") || message.contains("resource control policy") {
        return format!(
            "A policy of the organization forbids `sts:AssumeRole` on `{role}`: make an exception for it there."
        );
    }
    let external = if place.external_id {
        "the external id entered here must be the one that its trust policy asks for"
    } else {
        "no external id is sent, so its trust policy must not ask for `sts:ExternalId`"
    };
    format!(
        "Check in this order: the role `{role}` exists, with exactly this path and name; its trust policy allows the source \
         account as principal; {external}; the source credentials may call `sts:AssumeRole` on it; the account is not \
         suspended."
    )
}

fn skew() -> String {
    "The clock of this machine is wrong by minutes: let it be set by NTP (`timedatectl set-ntp true`).".to_owned()
}

fn whose_calls(step: Step, place: &Place<'_>) -> String {
    match (step, place.account) {
        (Step::ListRoles | Step::ListAccountAliases | Step::AccountName, Some(account)) => {
            format!("the account `{account}`")
        }
        _ => "the source account".to_owned(),
    }
}

fn is_skew(message: &str) -> bool {
    ["Signature expired", "Signature not yet current", "must be within"].iter().any(|part| message.contains(part))
}

fn is_throttling(code: &str) -> bool {
    code.contains("Throttl") || ["TooManyRequestsException", "RequestLimitExceeded", "SlowDown"].contains(&code)
}

fn is_refusal(code: &str) -> bool {
    code.starts_with("AccessDenied") || ["UnauthorizedOperation", "AuthorizationError", "NotAuthorized"].contains(&code)
}

#[cfg(test)]
impl Place<'_> {
    /// A place for tests.
    pub(crate) fn sample() -> Place<'static> {
        Place {
            partition: Partition::Aws,
            region: "us-east-1",
            credentials: "the access key `AKIAEXAMPLE`",
            account: None,
            role: None,
            external_id: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_role_names_the_role_and_whether_an_external_id_was_sent() {
        let role: RoleArn = "arn:aws:iam::222222222222:role/team/Reader".parse().unwrap();
        let place = Place { role: Some(&role), ..Place::sample() };
        let hint = for_code(Step::AssumeRole, "AccessDenied", "User: x is not authorized", &place);
        assert!(
            hint.contains("`arn:aws:iam::222222222222:role/team/Reader`") && hint.contains("must not ask"),
            "{hint}"
        );
        let hint = for_code(Step::AssumeRole, "AccessDenied", "x", &Place { external_id: true, ..place });
        assert!(hint.contains("external id entered here"), "{hint}");
        let message = "because no identity-based policy allows the sts:AssumeRole action";
        let hint = for_code(Step::AssumeRole, "AccessDenied", message, &place);
        assert!(hint.starts_with("Allow `sts:AssumeRole`"), "{hint}");
    }

    #[test]
    fn a_refused_listing_shows_the_policy_to_attach_and_to_whom() {
        let role: RoleArn = "arn:aws:iam::222222222222:role/Reader".parse().unwrap();
        let place = Place { role: Some(&role), ..Place::sample() };
        let hint = for_code(Step::ListRoles, "AccessDenied", "", &place);
        assert!(
            hint.contains("role/Reader`") && hint.contains(r#""iam:ListRoles","iam:ListAccountAliases""#),
            "{hint}"
        );
        let hint = for_code(Step::ListAccountAliases, "AccessDenied", "", &Place::sample());
        assert!(hint.contains("`AKIAEXAMPLE`"), "{hint}");
    }

    #[test]
    fn a_skewed_clock_is_told_from_a_wrong_secret() {
        let wrong = for_code(Step::SourceCredentials, "SignatureDoesNotMatch", "does not match", &Place::sample());
        assert!(wrong.contains("`AKIAEXAMPLE`"), "{wrong}");
        let message = "Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z";
        assert!(for_code(Step::SourceCredentials, "SignatureDoesNotMatch", message, &Place::sample()).contains("NTP"));
    }

    #[test]
    fn every_step_and_code_has_a_hint() {
        use Step::{AccountName, AssumeRole, ListAccountAliases, ListAccounts, ListRoles, SourceCredentials, Store};
        for step in [SourceCredentials, ListAccounts, AssumeRole, ListRoles, ListAccountAliases, AccountName, Store] {
            for code in ["AccessDenied", "AccessDeniedException", "Throttling", "ExpiredToken", "Http503", "Novel", ""]
            {
                assert!(for_code(step, code, "", &Place::sample()).len() > 20, "{step:?} {code}");
            }
        }
    }
}
