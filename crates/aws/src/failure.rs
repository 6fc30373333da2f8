//! Every way in which a call can go wrong, in the form that is stored and shown: step, code, message, hint.
//!
//! The code is AWS's own where AWS answered. Ours: `Timeout`, `Unreachable`, `BadAnswer` (an answer that cannot be
//! trusted), `NoCredentials`, `WrongPartition`, `InvalidRoleName`, and `Http503` and its like for an error without a code.

use std::{error::Error, time::Duration};

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use domain::aws::{DiscoveryError, DiscoveryStep};
use ports::aws::AwsFailure;

use crate::{hints, hints::Place, last_word::Told};

/// The longest message that is kept, in characters.
const LONGEST_MESSAGE: usize = 1_000;

/// A failure from its parts; the message is cut and freed of secrets.
pub(crate) fn failure(step: DiscoveryStep, code: &str, message: &str, hint: String) -> AwsFailure {
    AwsFailure(DiscoveryError {
        step,
        code: clean(code).chars().take(100).collect(),
        message: clean(message).chars().take(LONGEST_MESSAGE).collect(),
        hint,
    })
}

/// The time for the whole piece of work is over. What AWS said to the last try tells a throttled account from a hanging
/// one.
pub(crate) fn out_of_time(step: DiscoveryStep, limit: Duration, told: Option<Told>, place: &Place<'_>) -> AwsFailure {
    let message = format!("no complete answer within {} s, retries included", limit.as_secs_f32());
    match told {
        None => failure(step, "Timeout", &message, hints::timeout()),
        Some(Told { code, message: said }) => {
            let message = format!("{message}; the last answer was `{code}`: {said}");
            failure(step, "Timeout", &message, hints::for_code(step, &code, &said, place))
        }
    }
}

/// An answer that AWS would not give.
pub(crate) fn bad_answer(step: DiscoveryStep, message: &str) -> AwsFailure {
    failure(step, "BadAnswer", message, hints::bad_answer())
}

/// What the SDK reports, after its retries.
pub(crate) fn from_sdk<E>(step: DiscoveryStep, error: &SdkError<E, HttpResponse>, place: &Place<'_>) -> AwsFailure
where
    E: ProvideErrorMetadata + Error + 'static,
{
    if let Some(credentials) = credentials_error(error) {
        return failure(step, "NoCredentials", &chain(credentials), hints::no_credentials(place));
    }
    match error {
        SdkError::TimeoutError(_) => failure(step, "Timeout", "no complete answer in time", hints::timeout()),
        SdkError::DispatchFailure(dispatch) => {
            let cause = dispatch.as_connector_error().map_or_else(String::new, |error| chain(error));
            if dispatch.is_timeout() {
                failure(step, "Timeout", &cause, hints::timeout())
            } else {
                failure(step, "Unreachable", &cause, hints::unreachable(place))
            }
        }
        SdkError::ResponseError(response) => unreadable(step, response.raw()),
        // A success that cannot be parsed arrives as an error without a code.
        SdkError::ServiceError(service) if service.err().code().is_none() && service.raw().status().is_success() => {
            unreadable(step, service.raw())
        }
        SdkError::ServiceError(service) => {
            let status = service.raw().status().as_u16();
            let code = service.err().code().map_or_else(|| format!("Http{status}"), str::to_owned);
            let message = service.err().message().map_or_else(|| nameless(service.raw()), str::to_owned);
            let hint = hints::for_code(step, &code, &message, place);
            failure(step, &code, &message, hint)
        }
        other => failure(step, "BadRequest", &chain(other), hints::bad_request()),
    }
}

/// An answer that broke off or is not in the service's format. Its text stays unmentioned: that of `AssumeRole` holds
/// credentials.
fn unreadable(step: DiscoveryStep, response: &HttpResponse) -> AwsFailure {
    let kind = response.headers().get("content-type").unwrap_or("unknown");
    let status = response.status().as_u16();
    bad_answer(step, &format!("the answer (HTTP status {status}, type `{kind}`) is incomplete or not in AWS's format"))
}

/// What can be said about an error answer without AWS's code or message: not its body, which anything may have written.
fn nameless(response: &HttpResponse) -> String {
    let kind = response.headers().get("content-type").unwrap_or("unknown");
    format!("HTTP status {} with content of type `{kind}` and no message of AWS's", response.status().as_u16())
}

/// The credentials chain's own error, wherever it hides.
fn credentials_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a CredentialsError> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// An error and what caused it, outermost first.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// An error and its causes in one line, without the words that a cause repeats.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    for part in causes(error).map(ToString::to_string) {
        if !text.contains(&part) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&part);
        }
    }
    text
}

/// One line without control characters. AWS's `SignatureDoesNotMatch` quotes the whole request, session token
/// included: that part is cut off.
fn clean(text: &str) -> String {
    let cut = ["The Canonical String", "The String-to-Sign", "x-amz-security-token"];
    let end = cut.iter().filter_map(|mark| text.find(mark)).min().unwrap_or(text.len());
    text.get(..end)
        .unwrap_or_default()
        .split(|c: char| c.is_control() || c == ' ')
        .filter(|word| !word.is_empty())
        .fold(String::new(), |mut line, word| {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
            line
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_request_never_reaches_the_message() {
        let text = "The request signature we calculated does not match.\n\nThe Canonical String for this request \
                    should have been\n'POST\nx-amz-security-token:FwoGSECRET'";
        let AwsFailure(error) = failure(DiscoveryStep::ListRoles, "SignatureDoesNotMatch", text, String::new());
        assert_eq!(error.message, "The request signature we calculated does not match.");
    }

    #[test]
    fn a_message_is_one_line_of_at_most_a_thousand_characters() {
        let AwsFailure(error) = failure(DiscoveryStep::ListRoles, "X", &"é\n".repeat(2_000), String::new());
        assert_eq!(error.message.chars().count(), 1_000);
        assert!(!error.message.contains('\n'));
    }

    #[test]
    fn out_of_time_says_what_aws_last_said_and_what_to_do_about_that() {
        let (step, limit, place) = (DiscoveryStep::ListRoles, Duration::from_secs(6), Place::sample());
        let AwsFailure(silent) = out_of_time(step, limit, None, &place);
        assert_eq!((silent.code.as_str(), silent.hint), ("Timeout", hints::timeout()));
        let told = Told { code: "Throttling".to_owned(), message: "Rate exceeded".to_owned() };
        let AwsFailure(throttled) = out_of_time(step, limit, Some(told), &place);
        assert_eq!(throttled.code, "Timeout");
        assert_eq!(
            throttled.message,
            "no complete answer within 6 s, retries included; the last answer was `Throttling`: Rate exceeded"
        );
        assert!(throttled.hint.contains("limits how many calls"), "{}", throttled.hint);
    }

    #[test]
    fn an_empty_credentials_chain_has_its_own_code() {
        let place = Place::sample();
        let error: SdkError<aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityError, HttpResponse> =
            SdkError::construction_failure(CredentialsError::not_loaded("no providers in chain"));
        let AwsFailure(failure) = from_sdk(DiscoveryStep::SourceCredentials, &error, &place);
        assert_eq!(failure.code, "NoCredentials");
        assert!(failure.message.contains("no providers in chain"), "{}", failure.message);
        assert!(failure.hint.contains("AWS_PROFILE"), "{}", failure.hint);
    }
}
