//! `sts:GetCallerIdentity`: who the source credentials are, and whether they are of the partition they were entered for.

use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityError;
use domain::aws::DiscoveryStep;
use ports::aws::{AwsFailure, CallerIdentity};

use crate::{failure, hints, last_word::LastWord, limits, session::SdkSession};

const STEP: DiscoveryStep = DiscoveryStep::SourceCredentials;

/// Asks AWS. Needs no permission.
pub(crate) async fn identity(session: &SdkSession, last: LastWord) -> Result<CallerIdentity, AwsFailure> {
    let own = aws_sdk_sts::config::Config::builder().retry_partition(limits::own_quota(&"identity"));
    let answer = session
        .sts
        .get_caller_identity()
        .customize()
        .config_override(own)
        .interceptor(last.listener::<GetCallerIdentityError>())
        .send()
        .await
        .map_err(|error| failure::from_sdk(STEP, &error, &session.place()))?;
    let arn = answer.arn().unwrap_or_default().to_owned();
    let account = answer.account().and_then(|id| id.parse().ok());
    let partition_name = arn.strip_prefix("arn:").and_then(|rest| rest.split(':').next()).unwrap_or_default();
    let (Some(account), Ok(partition)) = (account, partition_name.parse()) else {
        return Err(failure::bad_answer(STEP, &format!("the caller's ARN `{arn}` or account id is not one of AWS's")));
    };
    if partition != session.partition {
        let message = format!("the credentials are of `{arn}`, not of the partition `{}`", session.partition);
        let hint = hints::wrong_partition(partition_name, &session.place());
        return Err(failure::failure(STEP, "WrongPartition", &message, hint));
    }
    Ok(CallerIdentity { account, arn, partition })
}
