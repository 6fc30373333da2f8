//! Group rules and the memberships that they make.

use domain::GroupRuleStatus;
use ports::{StoreError, StoreResult};

use super::{Subject, begin, page, refused, seed};
use crate::sample;

/// Every field; without regard to case.
pub async fn a_group_rule_reads_back_and_its_name_is_taken_once(store: Subject) -> StoreResult<()> {
    let ann = sample::user("ann@example.com");
    let mut groups = ["one", "two"].map(sample::group);
    groups.sort_by(|one, other| one.id.cmp(&other.id));
    let [one, two] = &groups;
    seed(&store, &[&ann], &[one, two], &[]).await?;
    let mut sales = sample::group_rule("Sales", &[one, two]);
    sales.excluded = vec![ann.id.clone()];
    let other = sample::group_rule("other", &[]);
    let mut unit = begin(&store).await;
    unit.insert_group_rule(&sales).await?;
    unit.insert_group_rule(&other).await?;
    unit.commit().await?;
    assert_eq!(store.group_rule(&sales.id).await?.as_ref(), Some(&sales));
    assert_eq!(store.group_rules().await?, [other.clone(), sales.clone()]);
    assert_eq!(store.group_rule(&sample::group_rule_id("x")).await?, None);

    let mut unit = begin(&store).await;
    let mut twin = sample::group_rule("SALES", &[]);
    refused!(unit.insert_group_rule(&twin).await, StoreError::Conflict { entity: "group rule", field: "name" });
    refused!(unit.update_group_rule(&twin).await, StoreError::Missing { entity: "group rule", .. });
    twin.id = other.id.clone();
    refused!(unit.update_group_rule(&twin).await, StoreError::Conflict { entity: "group rule", field: "name" });
    let stray = sample::group_rule("stray", &[&sample::group("x")]);
    refused!(unit.insert_group_rule(&stray).await, StoreError::Missing { entity: "group", .. });
    drop(unit);
    let mut unit = begin(&store).await;
    sales.status = GroupRuleStatus::Inactive;
    sales.groups = vec![two.id.clone()];
    unit.update_group_rule(&sales).await?;
    unit.delete_group_rule(&other.id).await?;
    refused!(unit.delete_group_rule(&other.id).await, StoreError::Missing { entity: "group rule", .. });
    unit.commit().await?;
    assert_eq!(store.group_rules().await?, [sales]);
    Ok(())
}

/// A membership by hand outlives every rule, also one that a rule had made before.
pub async fn members_by_rule_come_and_go_beside_those_by_hand(store: Subject) -> StoreResult<()> {
    let people = ["ann", "bob", "cleo"].map(|name| sample::user(&format!("{name}@example.com")));
    let [ann, bob, cleo] = &people;
    let staff = sample::group("staff");
    seed(&store, &[ann, bob, cleo], &[&staff], &[]).await?;
    let rule = sample::group_rule("Sales", &[&staff]);
    let later = sample::NOW.plus_seconds(60);
    let pair = |user: &domain::User| (staff.id.clone(), user.id.clone());
    let mut unit = begin(&store).await;
    unit.insert_group_rule(&rule).await?;
    unit.add_member(&staff.id, &ann.id, sample::NOW).await?;
    let members = [pair(ann), pair(bob), pair(cleo)];
    let (came, went) = unit.set_rule_members(&rule.id, &members, later).await?;
    assert_eq!((came.len(), went.len()), (2, 0), "one is in it by hand");
    assert_eq!(unit.set_rule_members(&rule.id, &members, later).await?, (vec![], vec![]));
    assert!(!unit.add_member(&staff.id, &bob.id, later).await?, "stays, by hand from now on");
    unit.commit().await?;
    assert_eq!(store.rule_members(&rule.id).await?, [pair(cleo)]);
    assert_eq!(store.group(&staff.id).await?.expect("there").last_membership_updated, later);

    let mut unit = begin(&store).await;
    refused!(
        unit.set_rule_members(&sample::group_rule_id("x"), &[], later).await,
        StoreError::Missing { entity: "group rule", .. }
    );
    let stray = [(sample::group_id("x"), ann.id.clone())];
    refused!(unit.set_rule_members(&rule.id, &stray, later).await, StoreError::Missing { .. });
    drop(unit);
    let before = store.entitlement_revision().await?;
    let mut unit = begin(&store).await;
    unit.delete_group_rule(&rule.id).await?;
    unit.commit().await?;
    assert!(store.entitlement_revision().await? > before);
    assert_eq!(store.group_members(&staff.id, &page(10)).await?.items.len(), 2);
    Ok(())
}

/// Of this person alone; what is by hand stays.
pub async fn the_ruled_groups_of_a_person_are_replaced(store: Subject) -> StoreResult<()> {
    let (ann, bob) = (sample::user("ann@example.com"), sample::user("bob@example.com"));
    let [one, two, hand] = ["one", "two", "hand"].map(sample::group);
    seed(&store, &[&ann, &bob], &[&one, &two, &hand], &[]).await?;
    let rule = sample::group_rule("Sales", &[&one, &two, &hand]);
    let with = |group: &domain::Group| (rule.id.clone(), group.id.clone());
    let mut unit = begin(&store).await;
    unit.insert_group_rule(&rule).await?;
    unit.add_member(&hand.id, &ann.id, sample::NOW).await?;
    unit.set_rule_members(&rule.id, &[(one.id.clone(), bob.id.clone())], sample::NOW).await?;
    let changed = unit.set_ruled_groups(&ann.id, &[with(&one), with(&hand)], sample::NOW).await?;
    assert_eq!(changed, (vec![one.id.clone()], vec![]));
    let changed = unit.set_ruled_groups(&ann.id, &[with(&two)], sample::NOW).await?;
    assert_eq!(changed, (vec![two.id.clone()], vec![one.id.clone()]));
    unit.commit().await?;
    let names: Vec<_> = store.groups_of_user(&ann.id).await?.into_iter().map(|group| group.name).collect();
    assert_eq!(names, ["hand", "two"]);
    assert_eq!(store.groups_of_user(&bob.id).await?.len(), 1);
    Ok(())
}

/// Directly and through groups; a rule's work is not seen, so that rules cannot feed each other.
pub async fn what_rules_made_is_told_apart_from_the_rest(store: Subject) -> StoreResult<()> {
    let (ann, bob) = (sample::user("ann@example.com"), sample::user("bob@example.com"));
    let [hand, above, ruled] = ["hand", "above", "ruled"].map(sample::group);
    seed(&store, &[&ann, &bob], &[&hand, &above, &ruled], &[]).await?;
    let rule = sample::group_rule("Sales", &[&ruled]);
    let mut unit = begin(&store).await;
    unit.insert_group_rule(&rule).await?;
    unit.add_member(&hand.id, &ann.id, sample::NOW).await?;
    unit.add_nested(&above.id, &hand.id, sample::NOW).await?;
    unit.add_nested(&hand.id, &ruled.id, sample::NOW).await?;
    let pairs = [&ann, &bob].map(|user| (ruled.id.clone(), user.id.clone()));
    unit.set_rule_members(&rule.id, &pairs, sample::NOW).await?;
    let names = |groups: Vec<domain::Group>| groups.into_iter().map(|group| group.name).collect::<Vec<_>>();
    assert_eq!(names(unit.groups_without_rules(&ann.id).await?), ["above", "hand"], "seen before it is committed");
    assert!(unit.groups_without_rules(&bob.id).await?.is_empty());
    assert_eq!(unit.ruled_groups(&bob.id).await?, [(rule.id.clone(), ruled.id.clone())]);
    unit.commit().await?;
    assert_eq!(store.members_without_rules(&[above.id.clone(), hand.id.clone()]).await?, [ann.id]);
    assert!(store.members_without_rules(std::slice::from_ref(&ruled.id)).await?.is_empty());
    assert!(store.members_without_rules(&[]).await?.is_empty());

    let mut unit = begin(&store).await;
    assert_eq!(unit.release_rule_members(&rule.id).await?, 2);
    unit.delete_group_rule(&rule.id).await?;
    unit.commit().await?;
    assert_eq!(store.direct_members(&ruled.id, &page(10)).await?.items.len(), 2, "by hand from then on");
    assert_eq!(store.members_without_rules(std::slice::from_ref(&ruled.id)).await?.len(), 2);
    Ok(())
}
