//! Makes the stored trust verdicts anew after a change of what an app's assertion says. Nothing is asked of AWS: the
//! trust policies are kept for this.

use domain::{App, aws::AwsRole};
use entitlement::trust::ProviderRule;
use ports::{PageRequest, RoleFilter};

use crate::{audit::EventDraft, caller::Caller, error::Result, services::Services};

/// Roles judged and written in one transaction.
const ROLES_AT_A_TIME: u32 = 500;

/// Whether the two would be judged differently: provider, recipient, audience, tags or source identity changed.
pub(crate) fn asks_another_question(former: &App, app: &App) -> bool {
    let (old, new) = (&former.settings, &app.settings);
    ProviderRule::of(former) != ProviderRule::of(app)
        || old.override_acs_url != new.override_acs_url
        || old.audience != new.audience
        || old.session_tags != new.session_tags
        || old.source_identity.is_some() != new.source_identity.is_some()
}

/// Judges every discovered role of `app` again and stores what changed; answers how many verdicts that are. Interrupted,
/// it leaves some old verdicts, which the next discovery run corrects.
///
/// # Errors
/// The store's.
pub async fn rejudge_trust(services: &Services, caller: &Caller, app: &App) -> Result<u32> {
    let filter = RoleFilter { include_vanished: true, ..RoleFilter::default() };
    let mut page = PageRequest { after: None, limit: ROLES_AT_A_TIME };
    let (mut seen, mut changed) = (0_usize, 0_usize);
    loop {
        let roles = services.store.aws_roles(&app.id, &filter, &page).await?;
        seen += roles.items.len();
        changed += rejudge(services, app, &roles.items).await?;
        match roles.next {
            Some(next) => page.after = Some(next),
            None => break,
        }
    }
    if seen > 0 {
        let event = EventDraft::success("application.configuration.update", "Judge trust policies again")
            .on_app(app)
            .fact("roles", seen)
            .fact("verdictsChanged", changed);
        services.store.append_events(vec![event.by(services, caller)]).await?;
    }
    Ok(u32::try_from(changed).unwrap_or(u32::MAX))
}

async fn rejudge(services: &Services, app: &App, roles: &[AwsRole]) -> Result<usize> {
    let changed: Vec<_> = roles
        .iter()
        .filter_map(|role| {
            let verdict = entitlement::trust::judge(app, &role.arn, &role.trust_policy);
            (verdict != role.verdict).then_some((&role.arn, verdict))
        })
        .collect();
    if !changed.is_empty() {
        let mut unit = services.store.begin().await?;
        for (arn, verdict) in &changed {
            unit.set_role_verdict(&app.id, arn, verdict).await?;
        }
        unit.commit().await?;
    }
    Ok(changed.len())
}
