//! Which users and groups the entries of a directory are.

use domain::{
    Directory, UserId,
    directory::{EntryKey, PersonState},
};
use ports::{EntryOwner, StoreError, StoreResult};

use super::{Subject, begin, refused, seed};
use crate::sample;

async fn directory(store: &Subject, name: &str) -> StoreResult<Directory> {
    let directory = sample::directory(name);
    let mut unit = begin(store).await;
    unit.insert_directory(&directory).await?;
    unit.commit().await?;
    Ok(directory)
}

/// Every field, keys too; the revision stays.
pub async fn a_person_s_entry_reads_back_and_is_replaced(store: Subject) -> StoreResult<()> {
    let (corp, other) = (directory(&store, "corp").await?, directory(&store, "other").await?);
    let (ann, bob) = (sample::user("ann@example.com"), sample::user("bob@example.com"));
    seed(&store, &[&ann, &bob], &[], &[]).await?;
    let mut entry = sample::person_entry(&ann);
    let before = store.entitlement_revision().await?;
    let mut unit = begin(&store).await;
    unit.put_person_entry(&corp.id, &entry).await?;
    unit.put_person_entry(&other.id, &entry).await?;
    refused!(
        unit.put_person_entry(&sample::directory_id("x"), &entry).await,
        StoreError::Missing { entity: "directory", .. }
    );
    let stray = sample::person_entry(&sample::user("x@example.com"));
    refused!(unit.put_person_entry(&corp.id, &stray).await, StoreError::Missing { entity: "user", .. });
    unit.commit().await?;
    let ids = [entry.external.clone(), sample::external_id("nobody")];
    assert_eq!(store.known_people(&corp.id, &ids).await?, [(entry.clone(), ann.clone())]);

    "uid=ann,ou=left".clone_into(&mut entry.dn);
    entry.state = None;
    entry.suspended = true;
    entry.attributes.clear();
    entry.keys = vec![EntryKey("dn:a".to_owned()), EntryKey("uid:ann".to_owned())];
    entry.also_in = vec![EntryKey("sid:513".to_owned())];
    entry.refreshed = Some(sample::NOW);
    let mut unit = begin(&store).await;
    unit.put_person_entry(&corp.id, &entry).await?;
    unit.commit().await?;
    assert_eq!(store.known_people(&corp.id, &ids).await?, [(entry.clone(), ann.clone())]);
    assert_eq!(store.entries_of_users(std::slice::from_ref(&ann.id)).await?.len(), 2);
    assert!(store.entries_of_users(std::slice::from_ref(&bob.id)).await?.is_empty());

    // Another entry is this user from now on.
    let again = ports::PersonEntry { external: sample::external_id("again"), ..entry.clone() };
    let mut unit = begin(&store).await;
    unit.put_person_entry(&corp.id, &again).await?;
    unit.commit().await?;
    assert!(store.known_people(&corp.id, &ids).await?.is_empty());
    let entries = store.entries_of_users(std::slice::from_ref(&ann.id)).await?;
    assert!(entries.contains(&(corp.id, again)) && entries.len() == 2);
    assert_eq!(store.entitlement_revision().await?, before);
    Ok(())
}

/// Every field.
pub async fn a_group_s_entry_reads_back_and_is_replaced(store: Subject) -> StoreResult<()> {
    let corp = directory(&store, "corp").await?;
    let staff = sample::directory_group(&corp, "staff");
    seed(&store, &[], &[&staff], &[]).await?;
    let mut entry = sample::group_entry(&staff);
    let mut unit = begin(&store).await;
    unit.put_group_entry(&corp.id, &entry).await?;
    let stray = sample::group_entry(&sample::group("x"));
    refused!(unit.put_group_entry(&corp.id, &stray).await, StoreError::Missing { entity: "group", .. });
    entry.dn.push_str(",dc=org");
    entry.keys = vec![EntryKey("dn:new".to_owned())];
    unit.put_group_entry(&corp.id, &entry).await?;
    unit.commit().await?;
    let ids = [entry.external.clone()];
    assert_eq!(store.known_groups(&corp.id, &ids).await?, [(entry, staff)]);
    assert!(store.known_people(&corp.id, &ids).await?.is_empty());
    Ok(())
}

/// Several may have one; a key of another directory is another one.
pub async fn a_key_leads_to_everybody_who_has_it(store: Subject) -> StoreResult<()> {
    let (corp, other) = (directory(&store, "corp").await?, directory(&store, "other").await?);
    let (ann, bob) = (sample::user("ann@example.com"), sample::user("bob@example.com"));
    let staff = sample::directory_group(&corp, "staff");
    seed(&store, &[&ann, &bob], &[&staff], &[]).await?;
    let shared = EntryKey("uid:x".to_owned());
    let [mut anns, mut bobs] = [&ann, &bob].map(sample::person_entry);
    let staffs = sample::group_entry(&staff);
    anns.keys.push(shared.clone());
    anns.also_in = staffs.keys.clone();
    bobs.keys.push(shared.clone());
    let mut unit = begin(&store).await;
    unit.put_person_entry(&corp.id, &anns).await?;
    unit.put_person_entry(&corp.id, &bobs).await?;
    unit.put_person_entry(&other.id, &sample::person_entry(&ann)).await?;
    unit.put_group_entry(&corp.id, &staffs).await?;
    unit.commit().await?;
    let keys = [shared.clone(), staffs.keys[0].clone(), EntryKey("dn:nobody".to_owned())];
    let mut owners = store.owners_of_keys(&corp.id, &keys).await?;
    let order = |owner: &EntryOwner| match owner {
        EntryOwner::Person(_, user) => user.to_string(),
        EntryOwner::Group(_, group) => group.to_string(),
    };
    owners.sort_by_key(|(_, owner)| order(owner));
    let mut expected = vec![
        (keys[1].clone(), EntryOwner::Group(staffs.external, staff.id)),
        (shared.clone(), EntryOwner::Person(anns.external, ann.id.clone())),
        (shared.clone(), EntryOwner::Person(bobs.external, bob.id)),
    ];
    expected.sort_by_key(|(_, owner)| order(owner));
    assert_eq!(owners, expected);
    assert!(store.owners_of_keys(&other.id, &keys).await?.is_empty());
    assert_eq!(store.people_also_in(&corp.id, &keys).await?, [(keys[1].clone(), ann.id)]);
    Ok(())
}

/// A person who is removed is known no more; so is everybody of a directory that is removed.
pub async fn entries_go_with_their_user_and_directory(store: Subject) -> StoreResult<()> {
    let corp = directory(&store, "corp").await?;
    let (ann, bob) = (sample::user("ann@example.com"), sample::user("bob@example.com"));
    seed(&store, &[&ann, &bob], &[], &[]).await?;
    let [anns, bobs] = [&ann, &bob].map(sample::person_entry);
    let mut unit = begin(&store).await;
    unit.put_person_entry(&corp.id, &anns).await?;
    unit.put_person_entry(&corp.id, &bobs).await?;
    unit.delete_user(&ann.id).await?;
    unit.commit().await?;
    assert!(store.known_people(&corp.id, &[anns.external]).await?.is_empty());
    assert!(store.owners_of_keys(&corp.id, &anns.keys).await?.is_empty());
    let mut unit = begin(&store).await;
    unit.delete_directory(&corp.id).await?;
    unit.commit().await?;
    assert!(store.entries_of_users(std::slice::from_ref(&bob.id)).await?.is_empty());
    Ok(())
}

/// A few at a time; people whom the directory does not let in do not count.
pub async fn linked_entries_come_in_order_and_totals_are_counted(store: Subject) -> StoreResult<()> {
    let corp = directory(&store, "corp").await?;
    let people = ["ann", "bob", "cleo"].map(|name| sample::user(&format!("{name}@example.com")));
    let (staff, team) = (sample::directory_group(&corp, "staff"), sample::directory_group(&corp, "team"));
    seed(&store, &people.each_ref(), &[&staff, &team], &[]).await?;
    let mut entries = people.each_ref().map(sample::person_entry);
    entries[1].state = Some(PersonState::Disabled);
    entries[2].state = None;
    let mut unit = begin(&store).await;
    for entry in &entries {
        unit.put_person_entry(&corp.id, entry).await?;
    }
    unit.put_group_entry(&corp.id, &sample::group_entry(&staff)).await?;
    unit.add_member(&staff.id, &people[0].id, sample::NOW).await?;
    unit.add_member(&team.id, &people[0].id, sample::NOW).await?;
    unit.add_nested(&staff.id, &team.id, sample::NOW).await?;
    unit.commit().await?;
    let mut found = store.linked_entries(&corp.id, None, 3).await?;
    assert_eq!(found.len(), 3);
    found.extend(store.linked_entries(&corp.id, Some(&found[2].external.clone()), 3).await?);
    assert_eq!(found.len(), 4);
    assert!(found.is_sorted_by_key(|entry| entry.external.clone()));
    let of = |name: &str| found.iter().find(|entry| entry.name == name).expect("found");
    assert!(of("cleo@example.com").gone && !of("bob@example.com").gone);
    assert_eq!(of("staff").owner, EntryOwner::Group(sample::external_id("staff"), staff.id.clone()));
    assert_eq!(of("ann@example.com").dn, entries[0].dn);

    let totals = store.directory_totals(&corp.id).await?;
    assert_eq!((totals.people, totals.memberships), (1, 3));
    let members = store.direct_members_of(&[staff.id.clone(), team.id.clone()]).await?;
    assert_eq!(members.people.len(), 2);
    assert_eq!(members.groups, [(staff.id.clone(), team.id.clone())]);

    let local = sample::group("local");
    let mut unit = begin(&store).await;
    unit.insert_group(&local).await?;
    unit.add_nested(&local.id, &team.id, sample::NOW).await?;
    unit.commit().await?;
    assert_eq!(store.parents_in(&corp.id, &[team.id.clone(), staff.id.clone()]).await?, [(team.id, staff.id)]);
    Ok(())
}

/// More than one statement asks for.
pub async fn many_entries_are_found_at_once(store: Subject) -> StoreResult<()> {
    let corp = directory(&store, "corp").await?;
    let people: Vec<_> = (0..1_100).map(|number| sample::user(&format!("u{number}@example.com"))).collect();
    seed(&store, &people.iter().collect::<Vec<_>>(), &[], &[]).await?;
    let entries: Vec<_> = people.iter().map(sample::person_entry).collect();
    let mut unit = begin(&store).await;
    for entry in &entries {
        unit.put_person_entry(&corp.id, entry).await?;
    }
    unit.commit().await?;
    let ids: Vec<_> = entries.iter().map(|entry| entry.external.clone()).collect();
    let keys: Vec<_> = entries.iter().flat_map(|entry| entry.keys.clone()).collect();
    let mut known = store.known_people(&corp.id, &ids).await?;
    known.sort_by(|(one, _), (other, _)| one.dn.cmp(&other.dn));
    let mut expected: Vec<_> = entries.into_iter().zip(people).collect();
    expected.sort_by(|(one, _), (other, _)| one.dn.cmp(&other.dn));
    assert_eq!(known, expected);
    assert_eq!(store.owners_of_keys(&corp.id, &keys).await?.len(), 1_100);
    Ok(())
}

/// In any case of their letters; each once.
pub async fn users_are_found_by_login_or_email(store: Subject) -> StoreResult<()> {
    let (mut ann, bob, cleo) =
        (sample::user("ann@example.com"), sample::user("bob@example.com"), sample::user("cleo@example.com"));
    ann.profile.login = "ann".parse().expect("a login");
    seed(&store, &[&ann, &bob, &cleo], &[], &[]).await?;
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let found = store.users_called(&texts(&["ANN", "nobody"]), &texts(&["Ann@example.com", "bob@Example.com"])).await?;
    let mut ids: Vec<UserId> = found.into_iter().map(|user| user.id).collect();
    ids.sort();
    let mut expected = vec![ann.id, bob.id];
    expected.sort();
    assert_eq!(ids, expected);
    assert!(store.users_called(&[], &[]).await?.is_empty());
    Ok(())
}
