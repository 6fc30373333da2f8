//! `sts:AssumeRole` into the cross-account role of one account. Its credentials serve that account's reading only and
//! live as short as AWS allows.

use aws_credential_types::Credentials;
use aws_sdk_iam::config::retry::RetryPartition;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use domain::{
    AccountId, RoleArn,
    aws::{ConnectedAccount, DiscoveryStep},
};
use ports::aws::AwsFailure;

use crate::{failure, hints::Place, last_word::LastWord, session::SdkSession};

const STEP: DiscoveryStep = DiscoveryStep::AssumeRole;

/// The shortest session that STS issues.
const SESSION_SECONDS: i32 = 900;

/// What is asked of STS.
pub(crate) struct Assumption<'a> {
    pub(crate) role: RoleArn,
    external_id: Option<&'a str>,
    session_name: &'a str,
}

impl<'a> Assumption<'a> {
    /// The account's own settings, else the integration's.
    ///
    /// # Errors
    /// When the role's name cannot be one.
    pub(crate) fn new(
        session: &'a SdkSession,
        account: AccountId,
        connected: &'a ConnectedAccount,
    ) -> Result<Self, AwsFailure> {
        let name = connected.role_name.as_deref().unwrap_or(&session.cross_account_role);
        let path_and_name = name.strip_prefix('/').unwrap_or(name);
        let arn = format!("arn:{}:iam::{account}:role/{path_and_name}", session.partition);
        let role = arn.parse::<RoleArn>().ok().filter(|_| !name.starts_with("arn:")).ok_or_else(|| {
            failure::failure(
                STEP,
                "InvalidRoleName",
                &format!("`{name}` is not the name of a role"),
                "Enter the cross-account role's name, or its path and name as in `team/Reader`; not its ARN."
                    .to_owned(),
            )
        })?;
        let external_id = connected.external_id.as_deref().or(session.external_id.as_deref());
        let session_name = connected.session_name.as_deref().unwrap_or(&session.session_name);
        Ok(Self { role, external_id: external_id.filter(|id| !id.is_empty()), session_name })
    }

    /// The place of the call.
    pub(crate) fn place(&self, session: &'a SdkSession) -> Place<'_> {
        Place {
            account: Some(self.role.account()),
            role: Some(&self.role),
            external_id: self.external_id.is_some(),
            ..session.place()
        }
    }
}

/// Asks STS for credentials of the role.
pub(crate) async fn assume(
    session: &SdkSession,
    assumption: &Assumption<'_>,
    quota: RetryPartition,
    last: LastWord,
) -> Result<Credentials, AwsFailure> {
    let Assumption { role, external_id, session_name } = assumption;
    let answer = session
        .sts
        .assume_role()
        .role_arn(role.to_string())
        .role_session_name(*session_name)
        .set_external_id(external_id.map(str::to_owned))
        .duration_seconds(SESSION_SECONDS)
        .customize()
        .config_override(aws_sdk_sts::config::Config::builder().retry_partition(quota))
        .interceptor(last.listener::<AssumeRoleError>())
        .send()
        .await
        .map_err(|error| failure::from_sdk(STEP, &error, &assumption.place(session)))?;
    let user = answer.assumed_role_user().map(aws_sdk_sts::types::AssumedRoleUser::arn).unwrap_or_default();
    if !user.starts_with(&format!("arn:{}:sts::{}:assumed-role/", role.partition(), role.account())) {
        return Err(failure::bad_answer(STEP, &format!("asked for `{role}`, got a session of `{user}`")));
    }
    let issued = answer
        .credentials()
        .filter(|issued| ![issued.access_key_id(), issued.secret_access_key(), issued.session_token()].contains(&""))
        .ok_or_else(|| failure::bad_answer(STEP, "no credentials, or only part of them, in the answer"))?;
    // Without the expiry: a clock that is wrong here must not make the SDK throw fresh credentials away.
    let token = Some(issued.session_token().to_owned());
    Ok(Credentials::new(issued.access_key_id(), issued.secret_access_key(), token, None, "rolegate-assumed-role"))
}
