//! What every implementation of `ports::Store` must do, as a library: one case is one async function on an empty store.
//!
//! ```text
//! async fn empty_store() -> std::sync::Arc<dyn ports::Store> { … }
//! testkit::store_conformance!(empty_store);
//! ```
//! Each case becomes a test of its own.

pub mod agents;
pub mod assignments;
pub mod aws;
pub mod directories;
pub mod entries;
pub mod events;
pub mod group_rules;
pub mod groups;
pub mod import_runs;
pub mod matches;
pub mod nesting;
pub mod records;
pub mod sessions;
pub mod staging;
pub mod units;
pub mod users;

use std::sync::Arc;

use domain::{App, Group, User};
use ports::{PageRequest, Store, StoreResult, UnitOfWork};

/// An empty store under test; cases that use several tasks clone it.
pub type Subject = Arc<dyn Store>;

/// Makes one test of each case. The argument names an async function that gives an empty [`Subject`].
#[macro_export]
macro_rules! store_conformance {
    ($make:path) => {
        $crate::store_conformance!(@ $make,
            users: a_user_reads_back_as_it_was_written a_login_is_taken_whatever_its_case
                changing_a_user_that_is_not_there_is_refused users_come_in_pages
                users_are_found_by_prefix_login_and_email users_that_left_are_listed_on_request_only
                wrong_passwords_are_counted_and_a_lock_is_kept a_deleted_user_takes_everything_along
                super_admins_count_while_they_are_active noting_a_sign_in_changes_nothing_else,
            groups: a_group_reads_back_and_its_name_is_its_own members_come_and_go_and_come_in_pages
                groups_of_a_user_come_by_name a_deleted_group_takes_everything_along,
            nesting: people_are_in_every_group_above_theirs a_loop_of_groups_does_no_harm
                nesting_comes_and_goes_and_comes_in_pages assignments_reach_people_through_nesting
                the_graph_of_a_person_holds_the_way_to_each_group nesting_and_direct_groups_are_read_for_many,
            directories: a_directory_reads_back_and_its_name_is_taken_once a_bind_secret_is_kept_apart_and_cleared
                a_deleted_directory_takes_its_groups_along_and_leaves_its_people
                people_of_a_directory_are_released_without_a_way_in,
            entries: a_person_s_entry_reads_back_and_is_replaced a_group_s_entry_reads_back_and_is_replaced
                a_key_leads_to_everybody_who_has_it entries_go_with_their_user_and_directory
                linked_entries_come_in_order_and_totals_are_counted many_entries_are_found_at_once
                users_are_found_by_login_or_email,
            matches: somebody_who_waits_reads_back_and_is_forgotten what_was_said_of_somebody_is_remembered,
            staging: what_is_staged_is_seen_by_nobody_until_it_is_applied what_is_swept_leaves_nothing
                profiles_change_and_logins_are_handed_on people_are_put_on_hold_and_come_back
                groups_change_and_go_with_what_they_gave members_of_known_groups_come_and_go
                a_sign_in_that_came_later_is_left_as_it_is somebody_who_is_made_meanwhile_pushes_the_hidden_aside
                a_group_that_is_made_meanwhile_gets_the_hidden_one_s_members
                applying_nothing_changes_nothing a_cursor_and_those_who_wait_come_with_the_stage
                waiting_groups_are_joined_by_who_has_the_key_alone super_admins_are_counted_before_it_is_too_late
                members_who_were_removed_meanwhile_are_left_out
                a_stage_that_is_no_more_takes_nothing_in
                thousands_are_staged_and_swept_in_pieces,
            import_runs: an_import_run_reads_back_and_changes old_import_runs_are_forgotten_by_kind
                a_cursor_is_kept_replaced_and_forgotten,
            agents: an_agent_is_registered_once agents_come_by_name_and_go,
            group_rules: a_group_rule_reads_back_and_its_name_is_taken_once
                members_by_rule_come_and_go_beside_those_by_hand the_ruled_groups_of_a_person_are_replaced
                what_rules_made_is_told_apart_from_the_rest,
            assignments: a_direct_assignment_is_put_replaced_and_taken group_assignments_come_by_priority_then_age
                a_user_gets_the_assignments_of_the_groups_they_are_in apps_of_a_user_are_active_and_named_once,
            records: an_app_reads_back_with_every_setting a_label_is_taken_once_and_apps_come_in_pages
                a_deleted_app_takes_everything_along signing_keys_come_oldest_first_and_change_state
                everything_sealed_is_listed_and_resealed api_tokens_are_found_by_hash_and_revoked,
            sessions: a_session_is_read_with_its_user_and_the_revision a_session_is_ended_by_its_owner_alone
                sessions_that_ended_are_not_listed_and_are_swept a_one_time_token_is_taken_once_by_many_callers
                a_one_time_token_is_good_for_its_purpose_and_time,
            aws: an_integration_reads_back_and_drops_secrets_of_other_partitions
                reading_again_without_a_change_moves_last_seen_alone a_role_vanishes_first_and_is_removed_after
                a_failed_reading_keeps_the_roles an_account_vanishes_first_and_is_removed_after
                roles_are_filtered_and_come_in_pages roles_are_found_by_arn_and_name
                five_thousand_roles_of_one_account_are_kept runs_are_kept_and_abandoned
                a_lease_has_one_holder_until_it_ends a_verdict_is_replaced,
            events: events_come_in_order_and_next_waits_for_newer_ones who_follows_the_log_misses_nothing events_are_filtered
                events_of_many_callers_are_all_kept a_refused_event_fails_its_own_caller_alone
                an_event_falls_with_its_unit_of_work,
            units: a_dropped_unit_leaves_nothing_and_frees_the_writer readers_see_the_past_while_a_unit_is_open
                many_writers_wait_for_each_other the_revision_grows_with_what_entitlements_come_from
                the_revision_stays_when_nobody_s_roles_can_change a_store_that_works_says_so
        );
    };
    (@ $make:path, $($module:ident: $($case:ident)+),+) => { $($(
        #[tokio::test]
        async fn $case() -> ::ports::StoreResult<()> {
            $crate::store::$module::$case($make().await).await
        }
    )+)+ };
}

/// The first page.
fn page(limit: u32) -> PageRequest {
    PageRequest { after: None, limit }
}

async fn begin(store: &Subject) -> Box<dyn UnitOfWork> {
    store.begin().await.expect("a unit of work begins")
}

/// Stores users, groups and apps.
async fn seed(store: &Subject, users: &[&User], groups: &[&Group], apps: &[&App]) -> StoreResult<()> {
    let mut unit = begin(store).await;
    for user in users {
        unit.insert_user(user, None).await?;
    }
    for group in groups {
        unit.insert_group(group).await?;
    }
    for app in apps {
        unit.insert_app(app).await?;
    }
    unit.commit().await
}

/// Takes every page of a list, `$limit` at a time, and fails when one repeats or is too long.
macro_rules! every_page {
    ($limit:expr, |$page:ident| $list:expr) => {{
        let mut items = Vec::new();
        let mut $page = $crate::store::page($limit);
        loop {
            let found = $list.await?;
            assert!(found.items.len() <= $limit as usize, "a page is longer than asked for");
            items.extend(found.items);
            match found.next {
                Some(next) => {
                    assert_ne!($page.after.as_ref(), Some(&next), "a page leads to itself");
                    $page.after = Some(next);
                }
                None => break items,
            }
        }
    }};
}
use every_page;

/// Asserts that a result is this error.
macro_rules! refused {
    ($result:expr, $pattern:pat $(if $guard:expr)?) => {
        match $result {
            Err($pattern) $(if $guard)? => {}
            other => panic!("{} expected, got {other:?}", stringify!($pattern)),
        }
    };
}
use refused;
