//! Groups in groups.

use domain::{Group, User};
use ports::{StoreError, StoreResult};

use super::{Subject, begin, every_page, page, refused, seed};
use crate::sample;

/// Puts each first group into the second.
async fn nest(store: &Subject, nesting: &[(&Group, &Group)]) -> StoreResult<()> {
    let mut unit = begin(store).await;
    for (child, parent) in nesting {
        assert!(unit.add_nested(&parent.id, &child.id, sample::NOW).await?);
    }
    unit.commit().await
}

async fn join(store: &Subject, members: &[(&User, &Group)]) -> StoreResult<()> {
    let mut unit = begin(store).await;
    for (user, group) in members {
        assert!(unit.add_member(&group.id, &user.id, sample::NOW).await?);
    }
    unit.commit().await
}

async fn names(store: &Subject, user: &User) -> StoreResult<Vec<String>> {
    Ok(store.groups_of_user(&user.id).await?.into_iter().map(|group| group.name).collect())
}

/// To any depth; each once, whatever the number of ways; not in those below.
pub async fn people_are_in_every_group_above_theirs(store: Subject) -> StoreResult<()> {
    let (ann, bob) = (sample::user("ann@example.com"), sample::user("bob@example.com"));
    let [left, right, low, top] = ["left", "right", "low", "top"].map(sample::group);
    seed(&store, &[&ann, &bob], &[&left, &right, &low, &top], &[]).await?;
    nest(&store, &[(&low, &left), (&low, &right), (&left, &top), (&right, &top)]).await?;
    join(&store, &[(&ann, &low), (&ann, &right), (&bob, &top)]).await?;
    assert_eq!(names(&store, &ann).await?, ["left", "low", "right", "top"]);
    assert_eq!(names(&store, &bob).await?, ["top"]);
    let mut both = [ann.id.clone(), bob.id.clone()];
    both.sort();
    let members = every_page!(1, |page| store.group_members(&top.id, &page));
    assert_eq!(members.into_iter().map(|user| user.id).collect::<Vec<_>>(), both);
    assert_eq!(store.direct_members(&top.id, &page(10)).await?.items, [bob]);
    assert_eq!(store.group_members(&low.id, &page(10)).await?.items, std::slice::from_ref(&ann));
    assert_eq!(store.group_members(&left.id, &page(10)).await?.items, [ann]);
    assert!(store.direct_members(&left.id, &page(10)).await?.items.is_empty());
    Ok(())
}

/// A group that is its own grandparent, and one that is its own parent.
pub async fn a_loop_of_groups_does_no_harm(store: Subject) -> StoreResult<()> {
    let (ann, bob) = (sample::user("ann@example.com"), sample::user("bob@example.com"));
    let [one, two, three] = ["one", "two", "three"].map(sample::group);
    seed(&store, &[&ann, &bob], &[&one, &two, &three], &[]).await?;
    nest(&store, &[(&one, &two), (&two, &three), (&three, &one), (&one, &one)]).await?;
    join(&store, &[(&ann, &one), (&bob, &three)]).await?;
    assert_eq!(names(&store, &ann).await?, ["one", "three", "two"]);
    assert_eq!(names(&store, &bob).await?, ["one", "three", "two"]);
    assert_eq!(every_page!(1, |page| store.group_members(&two.id, &page)).len(), 2);
    let graph = store.user_groups_graph(&ann.id).await?;
    assert_eq!(graph.direct, [one.id]);
    assert_eq!(graph.parents.len(), 4);
    Ok(())
}

/// Twice is once; a change shows on the parent; unknown groups are refused; a removed group is in nothing.
pub async fn nesting_comes_and_goes_and_comes_in_pages(store: Subject) -> StoreResult<()> {
    let parent = sample::group("parent");
    let children: Vec<_> = (0..5).map(|number| sample::group(&format!("child {number}"))).collect();
    seed(&store, &[], &children.iter().chain([&parent]).collect::<Vec<_>>(), &[]).await?;
    nest(&store, &children.iter().map(|child| (child, &parent)).collect::<Vec<_>>()).await?;
    let mut ids: Vec<_> = children.iter().map(|child| child.id.clone()).collect();
    ids.sort();
    let listed = every_page!(2, |page| store.child_groups(&parent.id, &page));
    assert_eq!(listed.into_iter().map(|group| group.id).collect::<Vec<_>>(), ids);
    assert_eq!(every_page!(1, |page| store.parent_groups(&children[0].id, &page)), std::slice::from_ref(&parent));

    let later = sample::NOW.plus_seconds(60);
    let unknown = sample::group_id("x");
    let mut unit = begin(&store).await;
    assert!(!unit.add_nested(&parent.id, &children[0].id, later).await?);
    refused!(unit.add_nested(&parent.id, &unknown, later).await, StoreError::Missing { entity: "group", .. });
    refused!(unit.add_nested(&unknown, &parent.id, later).await, StoreError::Missing { entity: "group", .. });
    assert!(!unit.remove_nested(&unknown, &parent.id, later).await?);
    unit.commit().await?;
    assert_eq!(store.group(&parent.id).await?.expect("there").last_membership_updated, sample::NOW);

    let mut unit = begin(&store).await;
    assert!(unit.remove_nested(&parent.id, &children[0].id, later).await?);
    assert!(!unit.remove_nested(&parent.id, &children[0].id, later).await?);
    unit.delete_group(&children[1].id).await?;
    unit.commit().await?;
    assert_eq!(store.group(&parent.id).await?.expect("there").last_membership_updated, later);
    assert_eq!(store.child_groups(&parent.id, &page(10)).await?.items.len(), 3);
    assert!(store.parent_groups(&children[0].id, &page(10)).await?.items.is_empty());
    Ok(())
}

/// An app that is assigned to the group above is the person's, with the roles of that assignment.
pub async fn assignments_reach_people_through_nesting(store: Subject) -> StoreResult<()> {
    let (ann, app) = (sample::user("ann@example.com"), sample::app("AWS"));
    let [team, role, other] = ["team", "role", "other"].map(sample::group);
    seed(&store, &[&ann], &[&team, &role, &other], &[&app]).await?;
    nest(&store, &[(&team, &role), (&other, &team)]).await?;
    join(&store, &[(&ann, &team)]).await?;
    let assignments = [(&role, 2), (&team, 1), (&other, 0)].map(|(group, priority)| {
        sample::group_assignment(&app, group, priority, &["arn:aws:iam::111111111111:role/Admin"])
    });
    let mut unit = begin(&store).await;
    for assignment in &assignments {
        unit.put_group_assignment(assignment).await?;
    }
    unit.commit().await?;
    let [role_assignment, team_assignment, _] = assignments;
    let found = store.group_assignments_of_user(&app.id, &ann.id).await?;
    assert_eq!(
        found,
        [(team_assignment, store.group(&team.id).await?.expect("there")), (role_assignment, role.clone())]
    );
    let some = store.some_group_assignment_of_user(&app.id, &ann.id).await?.expect("there are two");
    assert!(found.contains(&some));
    assert_eq!(store.some_group_assignment_of_user(&sample::app_id("x"), &ann.id).await?, None);
    assert_eq!(store.apps_of_user(&ann.id).await?, std::slice::from_ref(&app));

    let mut unit = begin(&store).await;
    unit.remove_nested(&role.id, &team.id, sample::NOW).await?;
    unit.delete_group_assignment(&app.id, &team.id).await?;
    unit.commit().await?;
    assert_eq!(
        store.some_group_assignment_of_user(&app.id, &ann.id).await?,
        None,
        "no group that is still assigned is theirs"
    );
    assert!(store.apps_of_user(&ann.id).await?.is_empty());
    Ok(())
}

/// Direct groups, all groups by name, and which of them is in which; nobody else's.
pub async fn the_graph_of_a_person_holds_the_way_to_each_group(store: Subject) -> StoreResult<()> {
    let (ann, bob) = (sample::user("ann@example.com"), sample::user("bob@example.com"));
    let [team, desk, role, bobs] = ["team", "Desk", "role", "bob's"].map(sample::group);
    seed(&store, &[&ann, &bob], &[&team, &desk, &role, &bobs], &[]).await?;
    nest(&store, &[(&team, &role), (&desk, &role), (&desk, &team), (&bobs, &role)]).await?;
    join(&store, &[(&ann, &team), (&ann, &desk), (&bob, &bobs)]).await?;
    let graph = store.user_groups_graph(&ann.id).await?;
    assert_eq!(graph.groups, store.groups_of_user(&ann.id).await?);
    assert_eq!(graph.groups.iter().map(|group| group.name.as_str()).collect::<Vec<_>>(), ["Desk", "role", "team"]);
    assert_eq!(graph.direct, [desk.id.clone(), team.id.clone()]);
    let mut parents = graph.parents;
    parents.sort();
    let mut expected =
        [(team.id.clone(), role.id.clone()), (desk.id.clone(), role.id), (desk.id.clone(), team.id.clone())];
    expected.sort();
    assert_eq!(parents, expected);
    assert_eq!(store.user_groups_graph(&sample::user_id("x")).await?, domain::UserGroups::default());
    Ok(())
}

/// All pairs of child and parent; the groups that people are in without a group between, each once, of those asked for.
pub async fn nesting_and_direct_groups_are_read_for_many(store: Subject) -> StoreResult<()> {
    let [ann, bob, eve] = ["ann@example.com", "bob@example.com", "eve@example.com"].map(sample::user);
    let [team, desk, role] = ["team", "desk", "role"].map(sample::group);
    seed(&store, &[&ann, &bob, &eve], &[&team, &desk, &role], &[]).await?;
    assert!(store.group_nesting().await?.is_empty());
    nest(&store, &[(&team, &role), (&desk, &role), (&desk, &team)]).await?;
    join(&store, &[(&ann, &team), (&ann, &desk), (&bob, &role), (&eve, &desk)]).await?;
    let mut pairs = store.group_nesting().await?;
    pairs.sort();
    let mut expected =
        [(team.id.clone(), role.id.clone()), (desk.id.clone(), role.id.clone()), (desk.id.clone(), team.id.clone())];
    expected.sort();
    assert_eq!(pairs, expected);
    let asked = [ann.id.clone(), bob.id.clone(), sample::user_id("x")];
    let mut found = store.direct_groups_of(&asked).await?;
    found.sort();
    let mut expected = [(ann.id.clone(), team.id), (ann.id, desk.id), (bob.id, role.id)];
    expected.sort();
    assert_eq!(found, expected);
    let many: Vec<_> = (0..700).map(|number| sample::user_id(&number.to_string())).chain(asked).collect();
    assert_eq!(store.direct_groups_of(&many).await?.len(), 3);
    assert!(store.direct_groups_of(&[]).await?.is_empty());
    Ok(())
}
