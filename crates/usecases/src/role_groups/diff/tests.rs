use proptest::prelude::*;

use super::{super::name::Template, *};

const LIMITS: Limits = Limits { name: 64, description: 40, keeps: |name| !name.contains('!') };

fn reader() -> NameReader {
    Template::parse_name("template", "aws#${role}#${accountid}").unwrap().reader().unwrap()
}

fn wanted(role: &str, description: &str) -> WantedGroup {
    WantedGroup {
        name: format!("aws#{role}#000000000001"),
        description: description.to_owned(),
        role: format!("arn:aws:iam::000000000001:role/{role}").parse().unwrap(),
        account_name: "One".to_owned(),
        account_alias: None,
    }
}

fn existing(name: &str, description: &str) -> Existing {
    Existing {
        place: format!("cn={name},ou=aws"),
        source: "corp".to_owned(),
        name: name.to_owned(),
        description: description.to_owned(),
        has_members: Some(true),
    }
}

fn compared(roles: &KnownRoles, existing: &[Existing], delete_orphaned: bool) -> Difference {
    let existing = existing.to_vec();
    Comparison { roles, existing, reader: &reader(), limits: LIMITS, delete_orphaned }.difference()
}

fn codes(difference: &Difference) -> Vec<&str> {
    difference.obstacles.iter().map(|obstacle| obstacle.code).collect()
}

/// What a directory holds after the difference was applied.
fn applied(mut groups: Vec<Existing>, difference: &Difference) -> Vec<Existing> {
    groups.retain(|group| !difference.deleted().iter().any(|orphan| orphan.group == *group));
    for group in &mut groups {
        if let Some(change) = difference.describe.iter().find(|change| change.group == *group) {
            group.description.clone_from(&change.description);
        }
    }
    groups.extend(difference.create.iter().map(|group| existing(&group.name, &group.description)));
    groups
}

#[test]
fn missing_groups_are_made_and_old_descriptions_replaced() {
    let wanted = [wanted("Admin", "new"), wanted("Ops", "x"), wanted("Reader", "same"), wanted("Silent", "")];
    let there = [
        existing("aws#Admin#000000000001", "old"),
        existing("aws#Reader#000000000001", "same"),
        existing("aws#Silent#000000000001", "by hand"),
    ];
    let found = compared(&KnownRoles::of(wanted.to_vec()), &there, false);
    assert_eq!(found.create, [wanted[1].clone()]);
    assert_eq!(found.describe, [Described { group: there[0].clone(), description: "new".to_owned() }]);
    assert_eq!(found.unchanged, 2, "a description that the template leaves empty is left as it is");
}

#[test]
fn a_group_without_a_role_is_orphaned_and_a_stranger_is_left_alone() {
    let there = [existing("aws#Gone#000000000001", ""), existing("Domain Admins", ""), existing("aws#x", "")];
    let roles = KnownRoles::of(vec![wanted("Admin", "")]);
    let found = compared(&roles, &there, false);
    assert_eq!(found.orphaned.iter().map(|orphan| &orphan.group).collect::<Vec<_>>(), [&there[0]]);
    assert_eq!(found.orphaned[0].code, "role_gone");
    assert!(found.deleted().is_empty(), "nothing is removed unless it was asked for");
    assert_eq!(compared(&roles, &there, true).deleted(), found.orphaned);
    let unknown = [existing("aws#Gone#000000000009", "")];
    assert_eq!(compared(&roles, &unknown, true).orphaned[0].code, "account_unknown");
}

#[test]
fn a_group_that_another_app_wants_is_no_orphan() {
    let there = [existing("aws#Gone#000000000001", "")];
    let roles = KnownRoles::of(vec![wanted("Admin", "")]).beside("AWS#Gone#000000000001");
    assert_eq!(compared(&roles, &there, true).orphaned, []);
}

#[test]
fn after_an_alias_changed_the_old_group_is_orphaned_and_the_new_one_missing() {
    let reader = Template::parse_name("template", "aws#${alias}#${role}#${accountid}").unwrap().reader().unwrap();
    let now = WantedGroup { name: "aws#new#Admin#000000000001".to_owned(), ..wanted("Admin", "") };
    let existing = vec![existing("aws#old#Admin#000000000001", "")];
    let roles = KnownRoles::of(vec![now.clone()]);
    let found =
        Comparison { roles: &roles, existing, reader: &reader, limits: LIMITS, delete_orphaned: false }.difference();
    assert_eq!(found.create, [now]);
    assert_eq!(found.orphaned[0].code, "renamed");
    assert!(found.orphaned[0].what.contains("`aws#new#Admin#000000000001`"), "{}", found.orphaned[0].what);
}

#[test]
fn what_cannot_be_made_is_named_with_the_fix() {
    let long = "r".repeat(60);
    let mut taken = wanted("x/Ops", "");
    taken.name = wanted("Ops", "").name;
    let mut foreign = wanted("Dot", "");
    foreign.name = "no!".to_owned();
    let all = vec![wanted("Admin", ""), wanted("Ops", ""), taken, wanted(&long, ""), foreign];
    let there = [existing("AWS#Admin#000000000001", "")];
    let found = compared(&KnownRoles::of(all), &there, true);
    let mut codes = codes(&found);
    codes.sort_unstable();
    assert_eq!(codes, ["case_differs", "name_not_allowed", "name_taken_twice", "name_taken_twice", "name_too_long"]);
    assert_eq!((found.create, found.orphaned), (vec![], vec![]), "nor is what stands in the way removed");
}

#[test]
fn of_two_groups_that_differ_in_case_the_exact_one_counts() {
    let there = [existing("AWS#Admin#000000000001", ""), existing("aws#Admin#000000000001", "")];
    let found = compared(&KnownRoles::of(vec![wanted("Admin", "")]), &there, true);
    assert_eq!((found.unchanged, found.obstacles, found.orphaned), (1, vec![], vec![]));
}

proptest! {
    #[test]
    fn applying_a_difference_leaves_an_empty_one(
        roles in proptest::collection::btree_map("[A-Za-z0-9_+=,.@-]{1,40}", ".{0,50}", 0..12),
        there in proptest::collection::btree_map("(aws#[A-Za-c]{1,3}#000000000001|[a-z #]{1,12})", ".{0,50}", 0..12),
        overlap in 0_usize..6,
        delete in any::<bool>(),
    ) {
        let wanted: Vec<WantedGroup> = roles.iter().map(|(role, text)| wanted(role, text)).collect();
        let mut groups: Vec<Existing> = there.iter().map(|(name, text)| existing(name, text)).collect();
        groups.extend(wanted.iter().take(overlap).map(|group| existing(&group.name, "former")));
        let mut names = std::collections::HashSet::new();
        groups.retain(|group| names.insert(group.name.to_lowercase()));
        let roles = KnownRoles::of(wanted);
        let first = compared(&roles, &groups, delete);
        let after = applied(groups, &first);
        let second = compared(&roles, &after, delete);
        prop_assert!(second.create.is_empty() && second.describe.is_empty() && second.deleted().is_empty(), "{second:?}");
        prop_assert_eq!(&second.obstacles, &first.obstacles);
        prop_assert!(second.fingerprint().is_empty());
        prop_assert!(first.fingerprint().is_empty() || first.fingerprint() != second.fingerprint());
    }
}
