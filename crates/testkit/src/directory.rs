//! What every implementation of `ports::Directories` must do, as a library, and a directory in memory that does it.
//!
//! ```text
//! async fn empty_directory() -> testkit::directory::Subject { … }
//! testkit::directory_conformance!(empty_directory);
//! ```
//! Each case becomes a test of its own. A case puts up what it needs through [`DirectoryScenario`] and then asks as an
//! import or a sign-in would; it knows nothing of how entries are named or kept.

pub mod authentication;
pub mod changes;
pub mod fake;
pub mod reading;
pub mod role_groups;
pub mod scenario;
pub mod testing;

pub use fake::FakeDirectory;
pub use scenario::{DirectoryScenario, NewPerson, PASSWORD, Reading, Subject};

/// Makes one test of each case. The first argument names an async function that gives a [`Subject`] without people and
/// groups; a second one is an attribute for every test (`#[ignore = "…"]`).
#[macro_export]
macro_rules! directory_conformance {
    ($make:path $(, #[$attribute:meta])*) => {
        $crate::directory_conformance!(@ ($make) [$(#[$attribute])*]
            reading::everybody_and_every_group_is_told
            reading::what_base_and_filter_leave_out_is_not_told
            reading::an_attribute_that_is_not_there_is_absent
            reading::members_are_told_by_keys_through_nesting_and_loops
            reading::names_with_characters_that_need_escaping_stay_whole
            reading::a_renamed_person_stays_the_same
            reading::more_entries_than_a_page_holds_are_all_told
            reading::somebody_who_is_switched_off_is_told_so
            reading::a_reader_who_goes_away_ends_the_reading
            reading::a_wrong_bind_password_fails_at_its_step
            reading::a_base_that_is_not_there_fails_at_its_step
            changes::without_a_change_nothing_is_told
            changes::what_changed_since_is_told_and_nothing_else
            changes::what_went_is_told_as_gone
            changes::what_leaves_filter_or_base_is_gone
            changes::other_settings_need_a_full_import
            changes::a_renamed_container_needs_a_full_import
            changes::a_cursor_of_somebody_else_s_needs_a_full_import
            authentication::the_right_password_lets_in_with_all_groups
            authentication::a_wrong_password_does_not
            authentication::an_empty_password_never_does
            authentication::nobody_answers_to_an_unknown_login
            authentication::a_login_is_a_value_whatever_it_holds
            authentication::a_login_that_only_looks_like_somebody_s_is_nobody_s
            authentication::a_login_that_two_have_lets_neither_in
            authentication::somebody_who_is_switched_off_is_refused_as_such
            authentication::a_membership_that_was_taken_counts_at_once
            authentication::one_person_is_read_by_id
            testing::a_directory_that_works_passes_every_step
            testing::a_wrong_bind_password_is_named
            testing::a_base_that_is_not_there_is_named
            testing::a_filter_that_finds_nobody_is_named
            testing::nothing_that_answers_is_named
            role_groups::groups_are_made_described_and_removed
            role_groups::what_is_there_already_is_no_error
            role_groups::one_refusal_leaves_the_rest_done
            role_groups::a_new_group_has_nobody_in_it
        );
    };
    (@ $make:tt $attributes:tt $($module:ident::$case:ident)+) => { $(
        $crate::directory_conformance!(@case $make $attributes $module $case);
    )+ };
    (@case ($make:path) [$($attribute:tt)*] $module:ident $case:ident) => {
        #[tokio::test]
        $($attribute)*
        async fn $case() -> ::ports::directory::DirectoryResult<()> {
            $crate::directory::$module::$case($make().await).await
        }
    };
}

#[cfg(test)]
mod tests {
    use super::{FakeDirectory, Subject};

    async fn empty_directory() -> Subject {
        Box::new(FakeDirectory::new())
    }

    directory_conformance!(empty_directory);
}
