//! `POST mapping/test`: tries settings of group mapping before they are saved.

use api::mapping::{MappingReport, MappingTest, MappingTotals, PersonChange, PersonName, PersonRoles};
use axum::{
    body::Bytes,
    extract::{Path, State},
    response::Response,
};
use domain::{User, UserId};
use entitlement::{
    Entitlement,
    mapping::{GroupOutcome, Lint, MappingError},
};
use usecases::{
    list_roles, manage_users,
    test_mapping::{self, Tested, Trial, test_mapping},
};

use crate::{answer, api::apps::refused, auth::ApiCaller, error::ApiError, state::WebState};

type Report = MappingReport<GroupOutcome, Lint, MappingError, Entitlement>;

/// Settings in; matches, near misses, gains and losses out. Nothing is saved.
pub(super) async fn test(
    State(state): State<WebState>,
    ApiCaller { caller, .. }: ApiCaller,
    Path(id): Path<String>,
    bytes: Bytes,
) -> Result<Response, ApiError> {
    let id = super::app_id(&id)?;
    let asked = MappingTest::read(super::optional_body(&bytes)?).map_err(refused)?;
    let app = list_roles::app(&state.services, &caller, &id).await?;
    let user = match asked.user.as_deref() {
        Some(reference) => Some(manage_users::find(&state.services, &caller, reference).await?.id),
        None => None,
    };
    let after = asked.after.as_deref().map(UserId::parse).transpose();
    let trial = Trial {
        settings: asked.settings(&app.settings).map_err(refused)?,
        sample_groups: asked.sample_groups,
        user,
        limit: asked.limit,
        after: after.map_err(|error| usecases::Error::invalid("after", error.to_string()))?,
    };
    let tested = test_mapping(&state.services, &caller, &id, &trial).await?;
    Ok(answer::ok(&to_wire(tested)))
}

fn to_wire(tested: Tested) -> Report {
    let totals = tested.totals;
    MappingReport {
        valid: tested.errors.is_empty(),
        errors: tested.errors,
        totals: MappingTotals {
            groups: totals.groups,
            matches: totals.matches,
            near_misses: totals.near_misses,
            near_misses_by_code: totals
                .near_misses_by_code
                .into_iter()
                .map(|(code, count)| (code.as_str().to_owned(), count))
                .collect(),
            people: totals.people,
            people_gaining: totals.people_gaining,
            people_losing: totals.people_losing,
            roles_gained: totals.roles_gained,
            roles_lost: totals.roles_lost,
        },
        matches: tested.matches,
        near_misses: tested.near_misses,
        samples: tested.samples,
        lint: tested.lint,
        people: tested.people.into_iter().map(change).collect(),
        next: tested.next,
        person: tested.person.map(|person| PersonRoles {
            user: name(&person.user),
            before: person.before,
            after: person.after,
        }),
    }
}

fn change(change: test_mapping::PersonChange) -> PersonChange {
    let test_mapping::PersonChange { user, gains, gained, losses, lost } = change;
    PersonChange { user: name(&user), gains, gained, losses, lost }
}

fn name(user: &User) -> PersonName {
    PersonName { id: user.id.clone(), login: user.profile.login.to_string(), name: user.display_name() }
}
