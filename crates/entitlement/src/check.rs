//! The questions that a granted role has to pass before it is offered. [`crate::assigned()`] stops at the first that
//! fails, [`crate::explain()`] tells all of them: both ask here, so that they cannot disagree.

use std::borrow::Cow;

use domain::{
    App, ProviderArn, RoleArn,
    aws::{AwsAccount, AwsRole, OrganizationState, Trust, TrustVerdict},
};

use crate::{
    Catalogue, Finding,
    trust::{self, ProviderRule},
};

/// One question, in the order in which they are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    Kind,
    Provider,
    Account,
    Role,
    Trust,
    SessionTags,
    SourceIdentity,
}

/// What a question found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    Passed,
    /// Not asked: the app does not need it, or an earlier answer leaves nothing to look at.
    NotAsked,
    Warned(Finding),
    Failed(Finding),
}

/// A role with all that is known about it.
pub(crate) struct Subject<'a> {
    pub(crate) app: &'a App,
    pub(crate) arn: &'a RoleArn,
    /// The provider that is sent with it.
    pub(crate) provider: Option<&'a ProviderArn>,
    pub(crate) account: Option<&'a AwsAccount>,
    pub(crate) role: Option<&'a AwsRole>,
    /// What the role's trust policy says to that provider.
    verdict: Option<Cow<'a, TrustVerdict>>,
}

impl<'a> Subject<'a> {
    pub(crate) fn look_up(
        app: &'a App,
        sends: &ProviderRule,
        arn: &'a RoleArn,
        provider: Option<&'a ProviderArn>,
        catalogue: &'a dyn Catalogue,
    ) -> Self {
        let account = catalogue.account(arn.partition(), arn.account());
        let role = catalogue.role(arn);
        let verdict = role.map(|role| trust::verdict_for(app, sends, role, provider));
        Self { app, arn, provider, account, role, verdict }
    }

    /// The account, if it was ever read to the end.
    fn read_account(&self) -> Option<&'a AwsAccount> {
        self.account.filter(|account| account.last_success.is_some())
    }

    /// The verdict, if the role can be looked at.
    fn verdict(&self) -> Option<&TrustVerdict> {
        self.verdict.as_deref()
    }
}

impl Check {
    pub(crate) const ALL: [Self; 7] =
        [Self::Kind, Self::Provider, Self::Account, Self::Role, Self::Trust, Self::SessionTags, Self::SourceIdentity];

    pub(crate) fn ask(self, subject: &Subject<'_>) -> Answer {
        match self {
            Self::Kind => kind(subject),
            Self::Provider => provider(subject),
            Self::Account => account(subject),
            Self::Role => role(subject),
            Self::Trust => trust_policy(subject),
            Self::SessionTags if subject.app.settings.session_tags.is_empty() => Answer::NotAsked,
            Self::SessionTags => {
                permission(subject, "tag_session", "sts:TagSession", "session tags", |verdict| verdict.tag_session)
            }
            Self::SourceIdentity if subject.app.settings.source_identity.is_none() => Answer::NotAsked,
            Self::SourceIdentity => {
                let action = "sts:SetSourceIdentity";
                permission(subject, "set_source_identity", action, "a source identity", |verdict| {
                    verdict.set_source_identity
                })
            }
        }
    }

    /// The step's word when it passed.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Kind => "role_kind",
            Self::Provider => "identity_provider",
            Self::Account => "account",
            Self::Role => "role",
            Self::Trust => "trust",
            Self::SessionTags => "session_tags",
            Self::SourceIdentity => "source_identity",
        }
    }

    /// The step's sentence when it passed.
    pub(crate) fn passed(self, subject: &Subject<'_>) -> String {
        let arn = subject.arn;
        match self {
            Self::Kind => format!("`{}` is a role that people can enter", arn.name()),
            Self::Provider => {
                subject.provider.map_or(String::new(), |provider| format!("the SAML provider is `{provider}`"))
            }
            Self::Account => {
                let name = subject.account.map_or_else(|| arn.account().to_string(), |account| account.name.clone());
                format!("account `{}` (`{name}`) was discovered", arn.account())
            }
            Self::Role => format!("`{arn}` exists in the account"),
            Self::Trust => subject.verdict().map_or(String::new(), |verdict| verdict.explanation.clone()),
            Self::SessionTags => "the role's trust policy allows `sts:TagSession`".to_owned(),
            Self::SourceIdentity => "the role's trust policy allows `sts:SetSourceIdentity`".to_owned(),
        }
    }
}

fn kind(subject: &Subject<'_>) -> Answer {
    let verdict = if subject.arn.is_reserved_sso() {
        trust::reserved_sso(subject.arn)
    } else if subject.arn.is_service_linked() {
        trust::service_linked(subject.arn)
    } else {
        return Answer::Passed;
    };
    Answer::Failed(finding(&verdict))
}

fn provider(subject: &Subject<'_>) -> Answer {
    match subject.provider {
        Some(_) => Answer::Passed,
        // Whoever has no role by mapping has no provider either: the step before says so.
        None if subject.app.settings.use_group_mapping => Answer::NotAsked,
        None => Answer::Failed(finding(&trust::provider_missing())),
    }
}

fn account(subject: &Subject<'_>) -> Answer {
    let id = subject.arn.account();
    let closed = [OrganizationState::Suspended, OrganizationState::PendingClosure, OrganizationState::Closed];
    match subject.account {
        Some(account) if account.organization_state.is_some_and(|state| closed.contains(&state)) => {
            Answer::Failed(Finding::new(
                "account_suspended",
                format!("account `{id}` (`{}`) is suspended or closed, and AWS lets nobody in", account.name),
                "reopen the account in AWS Organizations and refresh it, or remove the assignment",
            ))
        }
        Some(account) if account.vanished.is_some() => Answer::Warned(Finding::new(
            "account_vanished",
            format!("account `{id}` (`{}`) is no longer among the accounts that are read", account.name),
            format!("connect account `{id}` again in the app's AWS integration, or remove the assignment"),
        )),
        Some(account) if account.last_success.is_some() => Answer::Passed,
        _ => Answer::Warned(Finding::new(
            "account_not_discovered",
            format!(
                "account `{id}` is not among the accounts that are read, so `{}` is trusted as it was written",
                subject.arn
            ),
            format!("connect account `{id}` in the app's AWS integration and refresh it"),
        )),
    }
}

fn role(subject: &Subject<'_>) -> Answer {
    let (arn, id) = (subject.arn, subject.arn.account());
    match (subject.role, subject.read_account()) {
        (Some(role), _) if role.vanished.is_some() => Answer::Failed(Finding::new(
            "role_vanished",
            format!("`{arn}` is no longer in the account"),
            format!("create the role again and refresh account `{id}`, or remove the assignment"),
        )),
        (Some(_), _) => Answer::Passed,
        (None, Some(account)) => {
            let stale = account
                .error
                .as_ref()
                .map_or(String::new(), |error| format!(", which could not be read the last time (`{}`)", error.code));
            Answer::Failed(Finding::new(
                "role_not_discovered",
                format!("`{arn}` is not among the roles of account `{id}` (`{}`){stale}", account.name),
                format!("check name and path of the role; if it is new, refresh account `{id}`"),
            ))
        }
        (None, None) => Answer::NotAsked,
    }
}

fn trust_policy(subject: &Subject<'_>) -> Answer {
    match subject.verdict() {
        None => Answer::NotAsked,
        Some(verdict) => match verdict.trust {
            Trust::Allowed => Answer::Passed,
            Trust::Conditional => Answer::Warned(finding(verdict)),
            Trust::Refused => Answer::Failed(finding(verdict)),
        },
    }
}

/// A second action that the trust policy must allow because of what the app sends.
fn permission(
    subject: &Subject<'_>,
    code: &str,
    action: &str,
    sent: &str,
    of: impl Fn(&TrustVerdict) -> Trust,
) -> Answer {
    let fix = format!("add `{action}` to `Action` of the statement that lets our provider in, or stop sending {sent}");
    match subject.verdict().map(of) {
        None => Answer::NotAsked,
        Some(Trust::Allowed) => Answer::Passed,
        Some(Trust::Conditional) => Answer::Warned(Finding::new(
            &format!("{code}_conditional"),
            format!("the app sends {sent}, and the role allows `{action}` only under a condition that AWS judges"),
            fix,
        )),
        Some(Trust::Refused) => Answer::Failed(Finding::new(
            &format!("{code}_missing"),
            format!("the app sends {sent}, but the role's trust policy does not allow `{action}`"),
            fix,
        )),
    }
}

fn finding(verdict: &TrustVerdict) -> Finding {
    Finding { code: verdict.code.clone(), explanation: verdict.explanation.clone(), fix: verdict.fix.clone() }
}
