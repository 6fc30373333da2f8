//! `iam:ListRoles` to the end. What cannot be true (a role of another account, a listing without end) fails the whole
//! account: half a listing would look as if roles had vanished.

use aws_sdk_iam::{
    operation::list_roles::{ListRolesError, ListRolesOutput},
    types::Role,
};
use domain::{RoleArn, aws::DiscoveryStep, time::Seconds};
use ports::aws::{AwsFailure, ListedRole};

use crate::{
    failure,
    last_word::LastWord,
    pages::Pages,
    session::{Reader, SdkSession},
    trust_text,
};

const STEP: DiscoveryStep = DiscoveryStep::ListRoles;
/// AWS's largest page.
const PAGE: i32 = 1_000;
/// Five times the most roles that AWS allows in an account (quota `RolesPerAccount`, adjustable to 10,000).
const MOST_ROLES: usize = 50_000;
const MOST_PAGES: usize = 5_000;
/// What AWS applies when it gives no `MaxSessionDuration`.
const DEFAULT_DURATION: Seconds = 3_600;
const LONGEST_DURATION: Seconds = 43_200;

/// All roles of the account but the service-linked ones, sorted by ARN, each once.
pub(crate) async fn list_roles(
    session: &SdkSession,
    reader: &Reader,
    last: LastWord,
) -> Result<Vec<ListedRole>, AwsFailure> {
    let mut roles = Vec::new();
    let mut pages = Pages::new("Marker", MOST_PAGES);
    let mut marker = None;
    loop {
        let page = page(session, reader, marker, &last).await?;
        for role in &page.roles {
            roles.extend(listed(session, reader, role)?);
        }
        if roles.len() > MOST_ROLES {
            return Err(failure::bad_answer(STEP, &format!("more than {MOST_ROLES} roles in one account")));
        }
        // The number of roles says nothing: IAM may send fewer than asked for although there are more.
        if !page.is_truncated {
            break;
        }
        let next = page.marker.filter(|marker| !marker.is_empty());
        let next = next.ok_or_else(|| failure::bad_answer(STEP, "`IsTruncated` is true, but there is no `Marker`"))?;
        pages.follow(&next).map_err(|reason| failure::bad_answer(STEP, &reason))?;
        marker = Some(next);
    }
    roles.sort_unstable_by(|left, right| left.arn.cmp(&right.arn));
    roles.dedup_by(|left, right| left.arn == right.arn);
    Ok(roles)
}

async fn page(
    session: &SdkSession,
    reader: &Reader,
    marker: Option<String>,
    last: &LastWord,
) -> Result<ListRolesOutput, AwsFailure> {
    session
        .iam
        .list_roles()
        .max_items(PAGE)
        .set_marker(marker)
        .customize()
        .config_override(reader.iam())
        .interceptor(last.listener::<ListRolesError>())
        .send()
        .await
        .map_err(|error| failure::from_sdk(STEP, &error, &session.place_of(reader)))
}

impl Reader {
    /// What a call to IAM for this account overrides.
    pub(crate) fn iam(&self) -> aws_sdk_iam::config::Builder {
        let own = aws_sdk_iam::config::Config::builder().retry_partition(self.quota.clone());
        match &self.credentials {
            Some(credentials) => own.credentials_provider(credentials.clone()),
            None => own,
        }
    }
}

/// One role as the port wants it; `None` for a service-linked one.
fn listed(session: &SdkSession, reader: &Reader, role: &Role) -> Result<Option<ListedRole>, AwsFailure> {
    let arn: RoleArn = role.arn().parse().map_err(|reason| failure::bad_answer(STEP, &format!("{reason}")))?;
    if arn.account() != reader.account || arn.partition() != session.partition {
        let message =
            format!("asked `{}` of the account `{}`, got the role `{arn}`", session.partition, reader.account);
        return Err(failure::bad_answer(STEP, &message));
    }
    if arn.is_service_linked() {
        return Ok(None);
    }
    Ok(Some(ListedRole {
        max_session_duration: duration(&arn, role.max_session_duration()),
        description: role.description().unwrap_or_default().to_owned(),
        trust_policy: role.assume_role_policy_document().map(trust_text::decode).unwrap_or_default(),
        arn,
    }))
}

/// The longest session of the role. A value that is too long is kept: AWS knows its own limits, and a launch never
/// asks for more than the app's setting. One that is no length of time counts as missing.
fn duration(arn: &RoleArn, given: Option<i32>) -> Seconds {
    let Some(given) = given else { return DEFAULT_DURATION };
    let seconds = Seconds::try_from(given).ok().filter(|&seconds| seconds > 0);
    if !seconds.is_some_and(|seconds| (DEFAULT_DURATION..=LONGEST_DURATION).contains(&seconds)) {
        tracing::warn!(role.arn = %arn, max_session_duration = given, "MaxSessionDuration is outside AWS's limits");
    }
    seconds.unwrap_or(DEFAULT_DURATION)
}
