//! Imports that are being made ready, applied, and swept.

use domain::{
    Directory, Group, Timestamp, User, UserStatus,
    directory::{EntryKey, PersonState},
};
use ports::{
    AppliedChanges, GroupEntry, ImportCursor, MatchDoubt, Members, PendingMatch, PersonEntry, Stage, StagedPerson,
    StoreError, StoreResult, UserFilter,
};

use super::{Subject, begin, page, refused, seed};
use crate::sample;

const LATER: Timestamp = sample::NOW.plus_seconds(60);

/// The directory `corp`, and a stage for it.
async fn corp(store: &Subject) -> StoreResult<(Directory, Stage)> {
    let corp = sample::directory("corp");
    let mut unit = begin(store).await;
    unit.insert_directory(&corp).await?;
    unit.commit().await?;
    let stage = stage(store, &corp, "run", true).await?;
    Ok((corp, stage))
}

async fn stage(store: &Subject, directory: &Directory, run: &str, whole: bool) -> StoreResult<Stage> {
    let stage = Stage { run: sample::import_run_id(run), directory: directory.id.clone() };
    let mut unit = begin(store).await;
    unit.begin_stage(&stage, whole).await?;
    unit.commit().await?;
    Ok(stage)
}

/// Users of the directory who are there already, with their entries.
async fn known(store: &Subject, corp: &Directory, names: &[&str]) -> StoreResult<Vec<(User, PersonEntry)>> {
    let mut unit = begin(store).await;
    let mut known = Vec::new();
    for name in names {
        let (user, entry) = person(corp, name);
        unit.insert_user(&user, Some("hash")).await?;
        unit.put_person_entry(&corp.id, &entry).await?;
        known.push((user, entry));
    }
    unit.commit().await?;
    Ok(known)
}

fn person(corp: &Directory, name: &str) -> (User, PersonEntry) {
    let user = User { directory: Some(corp.id.clone()), ..sample::user(&format!("{name}@example.com")) };
    let entry = sample::person_entry(&user);
    (user, entry)
}

fn group(corp: &Directory, name: &str) -> (Group, GroupEntry) {
    let group = sample::directory_group(corp, name);
    let entry = sample::group_entry(&group);
    (group, entry)
}

/// Groups of the directory that are there already.
async fn known_groups(store: &Subject, corp: &Directory, names: &[&str]) -> StoreResult<Vec<(Group, GroupEntry)>> {
    let mut unit = begin(store).await;
    let mut known = Vec::new();
    for name in names {
        let (group, entry) = group(corp, name);
        unit.insert_group(&group).await?;
        unit.put_group_entry(&corp.id, &entry).await?;
        known.push((group, entry));
    }
    unit.commit().await?;
    Ok(known)
}

fn changed(user: &User, entry: &PersonEntry) -> StagedPerson {
    StagedPerson { user: user.clone(), entry: entry.clone(), profile: true, forget_password: false }
}

async fn apply(store: &Subject, stage: &Stage) -> StoreResult<AppliedChanges> {
    let mut unit = begin(store).await;
    let changes = unit.apply_staged(stage, sample::NOW, LATER, 100).await?;
    unit.commit().await?;
    sweep(store, stage).await?;
    Ok(changes)
}

async fn sweep(store: &Subject, stage: &Stage) -> StoreResult<u32> {
    let mut pieces = 1;
    loop {
        let mut unit = begin(store).await;
        let more = unit.sweep_stage(stage).await?;
        unit.commit().await?;
        if !more {
            assert!(!store.stages(&stage.directory).await?.contains(stage));
            return Ok(pieces);
        }
        pieces += 1;
    }
}

async fn groups_of(store: &Subject, user: &User) -> StoreResult<Vec<String>> {
    Ok(store.groups_of_user(&user.id).await?.into_iter().map(|group| group.name).collect())
}

fn of(group: &Group, user: &User) -> Members {
    Members { people: vec![(group.id.clone(), user.id.clone())], ..Members::default() }
}

/// People, groups, memberships, nesting; no list, no look-up, no revision tells.
pub async fn what_is_staged_is_seen_by_nobody_until_it_is_applied(store: Subject) -> StoreResult<()> {
    let (corp, stage) = corp(&store).await?;
    let (bob, _) = known(&store, &corp, &["bob"]).await?.remove(0);
    let (ann, anns) = person(&corp, "ann");
    let [(team, teams), (role, roles)] = ["team", "role"].map(|name| group(&corp, name));
    let before = store.entitlement_revision().await?;
    let people = vec![(ann.clone(), anns.clone())];
    assert!(store.loader(&stage).await?.people(people).await?.is_empty());
    store.loader(&stage).await?.groups(vec![(team.clone(), teams.clone()), (role.clone(), roles)]).await?;
    let members = Members {
        people: vec![(team.id.clone(), ann.id.clone()), (team.id.clone(), bob.id.clone())],
        groups: vec![(role.id.clone(), team.id.clone())],
        unresolved: vec![(role.id.clone(), EntryKey("dn:else".to_owned()))],
    };
    store.loader(&stage).await?.members(members).await?;

    assert_eq!(store.stages(&corp.id).await?, std::slice::from_ref(&stage));
    assert_eq!(store.user(&ann.id).await?, None);
    assert_eq!(store.user_by_login(&ann.profile.login).await?, None);
    assert_eq!(store.users(&UserFilter::default(), &page(10)).await?.items.len(), 1);
    assert!(store.users_called(&["ann@example.com".to_owned()], &[]).await?.is_empty());
    assert_eq!(store.group(&team.id).await?, None);
    assert!(store.groups(None, &page(10)).await?.items.is_empty());
    assert!(groups_of(&store, &bob).await?.is_empty());
    assert_eq!(store.user_groups_graph(&bob.id).await?, domain::UserGroups::default());
    assert!(store.known_people(&corp.id, std::slice::from_ref(&anns.external)).await?.is_empty());
    assert!(store.known_groups(&corp.id, std::slice::from_ref(&teams.external)).await?.is_empty());
    assert!(store.owners_of_keys(&corp.id, &anns.keys).await?.is_empty());
    assert_eq!(store.linked_entries(&corp.id, None, 10).await?.len(), 1);
    assert_eq!(store.directory_totals(&corp.id).await?.memberships, 0);
    assert!(store.groups_that_wait_for(&corp.id, &[EntryKey("dn:else".to_owned())]).await?.is_empty());
    assert_eq!(store.entitlement_revision().await?, before);

    assert_eq!(apply(&store, &stage).await?, AppliedChanges::default());
    assert!(store.entitlement_revision().await? > before);
    assert_eq!(store.user(&ann.id).await?, Some(ann.clone()));
    assert_eq!(store.known_people(&corp.id, std::slice::from_ref(&anns.external)).await?, [(anns, ann.clone())]);
    assert_eq!(store.known_groups(&corp.id, std::slice::from_ref(&teams.external)).await?, [(teams, team)]);
    for user in [&ann, &bob] {
        assert_eq!(groups_of(&store, user).await?, ["role", "team"]);
    }
    assert_eq!(store.groups_that_wait_for(&corp.id, &[EntryKey("dn:else".to_owned())]).await?.len(), 1);
    assert_eq!(store.directory_totals(&corp.id).await?.memberships, 3);
    Ok(())
}

/// It can be staged again.
pub async fn what_is_swept_leaves_nothing(store: Subject) -> StoreResult<()> {
    let (corp, stage) = corp(&store).await?;
    let (bob, bobs) = known(&store, &corp, &["bob"]).await?.remove(0);
    let (staff, _) = known_groups(&store, &corp, &["staff"]).await?.remove(0);
    let (ann, anns) = person(&corp, "ann");
    let (team, teams) = group(&corp, "team");
    let before = store.entitlement_revision().await?;
    for number in 0..2 {
        let stage = if number == 0 { stage.clone() } else { self::stage(&store, &corp, "again", false).await? };
        let mut renamed = bob.clone();
        renamed.profile.login = "robert@example.com".parse().expect("a login");
        store.loader(&stage).await?.people(vec![(ann.clone(), anns.clone())]).await?;
        store.loader(&stage).await?.groups(vec![(team.clone(), teams.clone())]).await?;
        store.loader(&stage).await?.members(of(&team, &bob)).await?;
        let mut unit = begin(&store).await;
        unit.stage_members(&stage, &of(&staff, &ann), &of(&staff, &bob)).await?;
        unit.stage_people(&stage, &[changed(&renamed, &bobs)]).await?;
        unit.stage_gone_groups(&stage, &[(sample::external_id("staff"), staff.id.clone())]).await?;
        unit.stage_cursor(&stage, Some(&ImportCursor("c".to_owned()))).await?;
        unit.commit().await?;
        sweep(&store, &stage).await?;
    }
    // Applying what was swept does nothing.
    assert_eq!(apply(&store, &stage).await?, AppliedChanges::default());
    assert_eq!(store.entitlement_revision().await?, before);
    assert_eq!(store.user(&bob.id).await?, Some(bob));
    assert_eq!(store.user(&ann.id).await?, None);
    assert_eq!(store.group(&staff.id).await?, Some(staff));
    assert_eq!(store.import_cursor(&corp.id).await?, None);
    refused!(
        begin(&store).await.begin_stage(&Stage { directory: sample::directory_id("x"), ..stage }, true).await,
        StoreError::Missing { entity: "directory", .. }
    );
    Ok(())
}

/// Two who swap their logins, one whose new login somebody else has, one who becomes known.
pub async fn profiles_change_and_logins_are_handed_on(store: Subject) -> StoreResult<()> {
    let (corp, stage) = corp(&store).await?;
    let people = known(&store, &corp, &["ann", "bob", "cleo"]).await?;
    let [(ann, anns), (bob, bobs), (cleo, cleos)] = people.as_slice() else { panic!("three") };
    let (local, stranger) = (sample::user("local@example.com"), sample::user("stranger@example.com"));
    seed(&store, &[&local, &stranger], &[], &[]).await?;
    let with_login = |user: &User, login: &str| {
        let mut user = user.clone();
        user.profile.login = login.parse().expect("a login");
        user
    };
    let swapped =
        [with_login(ann, "bob@example.com"), with_login(bob, "ann@example.com"), with_login(cleo, "LOCAL@example.com")];
    let new_anns = PersonEntry {
        dn: "uid=new".to_owned(),
        keys: vec![EntryKey("dn:uid=new".to_owned())],
        also_in: vec![EntryKey("sid:1".to_owned())],
        attributes: [("title".to_owned(), "Dr".to_owned())].into(),
        ..anns.clone()
    };
    let claimed = User { directory: Some(corp.id.clone()), ..stranger.clone() };
    let mut unit = begin(&store).await;
    unit.set_password_hash(&stranger.id, Some("hash")).await?;
    unit.stage_people(
        &stage,
        &[
            changed(&swapped[0], &new_anns),
            changed(&swapped[1], bobs),
            changed(&swapped[2], cleos),
            StagedPerson { forget_password: true, ..changed(&claimed, &sample::person_entry(&stranger)) },
        ],
    )
    .await?;
    unit.commit().await?;
    apply(&store, &stage).await?;
    for (user, login) in [(ann, "bob@example.com"), (bob, "ann@example.com"), (cleo, "cleo@example.com")] {
        assert_eq!(store.user(&user.id).await?.expect("there").profile.login.as_str(), login);
        assert_eq!(store.user_by_login(&login.parse().expect("a login")).await?.expect("there").id, user.id);
        assert_eq!(store.password_hash(&user.id).await?.as_deref(), Some("hash"));
    }
    assert_eq!(store.user(&local.id).await?, Some(local));
    let (entry, _) = store.known_people(&corp.id, std::slice::from_ref(&anns.external)).await?.remove(0);
    assert_eq!(entry, new_anns);
    assert!(store.owners_of_keys(&corp.id, &anns.keys).await?.is_empty(), "the former keys are gone");
    let now_known = store.user(&stranger.id).await?.expect("there");
    assert_eq!((now_known.directory, now_known.last_updated), (Some(corp.id), LATER));
    assert_eq!(store.password_hash(&stranger.id).await?, None);
    Ok(())
}

/// With their sessions; whom an administrator holds stays held; who is owned by nobody is left alone.
pub async fn people_are_put_on_hold_and_come_back(store: Subject) -> StoreResult<()> {
    let (corp, stage) = corp(&store).await?;
    let people = known(&store, &corp, &["ann", "bob", "cleo", "dan"]).await?;
    let [(ann, anns), (bob, bobs), (cleo, cleos), (dan, dans)] = people.as_slice() else { panic!("four") };
    let held = User { status: UserStatus::Suspended, ..cleo.clone() };
    let nobodys = User { directory: None, ..dan.clone() };
    let mut unit = begin(&store).await;
    unit.update_user(&held).await?;
    unit.update_user(&nobodys).await?;
    for user in [ann, bob] {
        let name = user.profile.login.as_str();
        unit.insert_session(&sample::session(user, name), &sample::hash(name)).await?;
    }
    let with = |entry: &PersonEntry, state| PersonEntry { state, ..entry.clone() };
    let keeping = |user: &User, entry| StagedPerson { profile: false, ..changed(user, &entry) };
    unit.stage_people(
        &stage,
        &[
            keeping(ann, with(anns, Some(PersonState::Disabled))),
            keeping(bob, with(bobs, None)),
            keeping(&held, with(cleos, Some(PersonState::Expired))),
            keeping(&nobodys, with(dans, None)),
        ],
    )
    .await?;
    unit.commit().await?;
    let changes = apply(&store, &stage).await?;
    let names: Vec<_> = changes.suspended.iter().map(|(user, state)| (user.id.clone(), state.as_str())).collect();
    assert_eq!(names, [(ann.id.clone(), "DISABLED"), (bob.id.clone(), "GONE")]);
    let status = async |user: &User| Ok::<_, StoreError>(store.user(&user.id).await?.expect("there").status);
    assert_eq!(status(ann).await?, UserStatus::Suspended);
    assert_eq!(status(bob).await?, UserStatus::Suspended);
    assert_eq!(status(dan).await?, UserStatus::Active);
    for user in [ann, bob] {
        assert!(store.sessions_of_user(&user.id, sample::NOW).await?.is_empty());
    }
    let entry = async |entry: &PersonEntry| {
        let known = store.known_people(&corp.id, std::slice::from_ref(&entry.external)).await?;
        Ok::<_, StoreError>(known.into_iter().next().expect("known").0)
    };
    assert!(entry(anns).await?.suspended && entry(bobs).await?.suspended && !entry(cleos).await?.suspended);
    assert_eq!(store.directory_totals(&corp.id).await?.people, 0);

    let again = self::stage(&store, &corp, "again", true).await?;
    let mut unit = begin(&store).await;
    let back: Vec<_> = [(ann, anns), (bob, bobs), (&held, cleos)]
        .into_iter()
        .map(|(user, entry)| keeping(user, with(entry, Some(PersonState::Active))))
        .collect();
    unit.stage_people(&again, &back).await?;
    unit.commit().await?;
    let changes = apply(&store, &again).await?;
    assert_eq!(changes.reactivated.len(), 2);
    assert_eq!(status(ann).await?, UserStatus::Active);
    assert_eq!(status(bob).await?, UserStatus::Active);
    assert_eq!(status(cleo).await?, UserStatus::Suspended);
    assert!(!entry(anns).await?.suspended);
    Ok(())
}

/// A gone group gives nothing from the moment of applying on, though it is swept later.
pub async fn groups_change_and_go_with_what_they_gave(store: Subject) -> StoreResult<()> {
    let (corp, stage) = corp(&store).await?;
    let (ann, _) = known(&store, &corp, &["ann"]).await?.remove(0);
    let groups = known_groups(&store, &corp, &["old", "gone", "above"]).await?;
    let [(old, olds), (gone, gones), (above, _)] = groups.as_slice() else { panic!("three") };
    let app = sample::app("AWS");
    let mut unit = begin(&store).await;
    unit.insert_app(&app).await?;
    unit.add_member(&gone.id, &ann.id, sample::NOW).await?;
    unit.add_member(&old.id, &ann.id, sample::NOW).await?;
    unit.add_nested(&above.id, &gone.id, sample::NOW).await?;
    unit.put_group_assignment(&sample::group_assignment(&app, gone, 0, &[])).await?;
    let mut renamed = old.clone();
    "new".clone_into(&mut renamed.name);
    let renamed_entry =
        GroupEntry { dn: "cn=new".to_owned(), keys: vec![EntryKey("dn:cn=new".to_owned())], ..olds.clone() };
    unit.stage_groups(&stage, &[(renamed.clone(), renamed_entry.clone())]).await?;
    unit.stage_gone_groups(&stage, &[(gones.external.clone(), gone.id.clone())]).await?;
    unit.commit().await?;
    assert_eq!(groups_of(&store, &ann).await?, ["above", "gone", "old"]);

    let mut unit = begin(&store).await;
    unit.apply_staged(&stage, sample::NOW, LATER, 100).await?;
    unit.commit().await?;
    assert_eq!(groups_of(&store, &ann).await?, ["new"]);
    assert!(store.apps_of_user(&ann.id).await?.is_empty());
    assert_eq!(store.group(&gone.id).await?, None);
    assert!(store.known_groups(&corp.id, std::slice::from_ref(&gones.external)).await?.is_empty());
    renamed.last_updated = LATER;
    let known = store.known_groups(&corp.id, std::slice::from_ref(&olds.external)).await?;
    assert_eq!(known, [(renamed_entry, renamed)]);
    sweep(&store, &stage).await?;
    assert_eq!(groups_of(&store, &ann).await?, ["new"]);
    Ok(())
}

/// People, groups and those whom nobody knows.
pub async fn members_of_known_groups_come_and_go(store: Subject) -> StoreResult<()> {
    let (corp, stage) = corp(&store).await?;
    let (ann, _) = known(&store, &corp, &["ann"]).await?.remove(0);
    let groups = known_groups(&store, &corp, &["staff", "team"]).await?;
    let [(staff, _), (team, _)] = groups.as_slice() else { panic!("two") };
    let (bob, bobs) = person(&corp, "bob");
    let (desk, desks) = group(&corp, "desk");
    let key = |name: &str| EntryKey(name.to_owned());
    let added = Members {
        people: vec![(staff.id.clone(), bob.id.clone()), (staff.id.clone(), sample::user_id("x"))],
        groups: vec![(staff.id.clone(), team.id.clone()), (staff.id.clone(), desk.id.clone())],
        unresolved: vec![(staff.id.clone(), key("dn:a"))],
    };
    store.loader(&stage).await?.people(vec![(bob.clone(), bobs)]).await?;
    store.loader(&stage).await?.groups(vec![(desk.clone(), desks)]).await?;
    let mut unit = begin(&store).await;
    unit.add_member(&staff.id, &ann.id, sample::NOW).await?;
    unit.stage_members(&stage, &added, &of(staff, &ann)).await?;
    unit.commit().await?;
    let changes = apply(&store, &stage).await?;
    let left: Vec<_> = changes.left.iter().map(|(user, group)| (&user.id, &group.id)).collect();
    assert_eq!(left, [(&ann.id, &staff.id)]);
    assert!(changes.joined.is_empty(), "somebody new is no change of somebody");
    let mut members = store.direct_members_of(std::slice::from_ref(&staff.id)).await?;
    members.groups.sort();
    let mut nested = vec![(staff.id.clone(), team.id.clone()), (staff.id.clone(), desk.id.clone())];
    nested.sort();
    assert_eq!(members.people, [(staff.id.clone(), bob.id.clone())], "who is not there is left out");
    assert_eq!(members.groups, nested);
    assert_eq!(members.unresolved, [(staff.id.clone(), key("dn:a"))]);
    assert_eq!(store.group(&staff.id).await?.expect("there").last_membership_updated, LATER);

    let again = self::stage(&store, &corp, "again", false).await?;
    let mut unit = begin(&store).await;
    unit.stage_members(&again, &of(staff, &ann), &members).await?;
    unit.commit().await?;
    let changes = apply(&store, &again).await?;
    assert_eq!((changes.joined.len(), changes.left.len()), (1, 1));
    let members = store.direct_members_of(std::slice::from_ref(&staff.id)).await?;
    assert_eq!((members.people.len(), members.len()), (1, 1));
    Ok(())
}

/// Profile, state and memberships of who was read by a sign-in after the import began to read.
pub async fn a_sign_in_that_came_later_is_left_as_it_is(store: Subject) -> StoreResult<()> {
    let (corp, stage) = corp(&store).await?;
    let people = known(&store, &corp, &["ann", "bob"]).await?;
    let [(ann, anns), (bob, bobs)] = people.as_slice() else { panic!("two") };
    let (staff, _) = known_groups(&store, &corp, &["staff"]).await?.remove(0);
    let (team, teams) = group(&corp, "team");
    store.loader(&stage).await?.groups(vec![(team.clone(), teams)]).await?;
    store.loader(&stage).await?.members(of(&team, ann)).await?;
    store.loader(&stage).await?.members(of(&team, bob)).await?;
    let mut unit = begin(&store).await;
    for (user, entry) in [(ann, anns), (bob, bobs)] {
        let gone = PersonEntry { state: None, keys: Vec::new(), ..entry.clone() };
        unit.stage_people(&stage, &[changed(user, &gone)]).await?;
        unit.stage_members(&stage, &of(&staff, user), &Members::default()).await?;
    }
    unit.put_person_entry(&corp.id, &PersonEntry { refreshed: Some(sample::NOW), ..anns.clone() }).await?;
    unit.put_person_entry(&corp.id, &PersonEntry { refreshed: Some(sample::NOW.plus_seconds(-1)), ..bobs.clone() })
        .await?;
    unit.commit().await?;
    let changes = apply(&store, &stage).await?;
    assert_eq!((changes.suspended.len(), changes.joined.len()), (1, 1));
    assert_eq!(store.user(&ann.id).await?.expect("there").status, UserStatus::Active);
    assert_eq!(store.owners_of_keys(&corp.id, &anns.keys).await?.len(), 1);
    assert!(groups_of(&store, ann).await?.is_empty());
    assert_eq!(store.user(&bob.id).await?.expect("there").status, UserStatus::Suspended);
    assert_eq!(groups_of(&store, bob).await?, ["staff", "team"]);
    Ok(())
}

/// By login, and by entry.
pub async fn somebody_who_is_made_meanwhile_pushes_the_hidden_aside(store: Subject) -> StoreResult<()> {
    let (corp, stage) = corp(&store).await?;
    let hidden = ["ann", "bob", "cleo"].map(|name| person(&corp, name));
    let [(ann, anns), (bob, bobs), (cleo, _)] = &hidden;
    let (staff, _) = known_groups(&store, &corp, &["staff"]).await?.remove(0);
    store.loader(&stage).await?.people(hidden.to_vec()).await?;
    let mut unit = begin(&store).await;
    unit.stage_members(&stage, &of(&staff, ann), &Members::default()).await?;
    unit.commit().await?;
    // An administrator makes one with the login of the first; a sign-in takes the second in, under another login.
    let local = User { id: sample::user_id("local"), directory: None, ..ann.clone() };
    let arrived = User { id: sample::user_id("arrived"), ..sample::user("robert@example.com") };
    let mut unit = begin(&store).await;
    unit.insert_user(&local, None).await?;
    unit.insert_user(&arrived, None).await?;
    unit.put_person_entry(&corp.id, &PersonEntry { user: arrived.id.clone(), ..bobs.clone() }).await?;
    unit.commit().await?;
    // A login that is taken is left out of what is staged later.
    let (twin, twins) = person(&corp, "local");
    let twin = User { profile: local.profile.clone(), ..twin };
    let left_out =
        store.loader(&stage).await?.people(vec![(twin.clone(), twins.clone()), person(&corp, "dan")]).await?;
    assert_eq!(left_out, [(twin, twins.clone())]);
    apply(&store, &stage).await?;
    assert_eq!(store.user(&local.id).await?, Some(local.clone()));
    assert!(groups_of(&store, &local).await?.is_empty());
    for (user, there) in [(ann, false), (bob, false), (cleo, true), (&person(&corp, "dan").0, true)] {
        assert_eq!(store.user(&user.id).await?.is_some(), there, "{}", user.profile.login);
    }
    let known = store.known_people(&corp.id, &[anns.external.clone(), bobs.external.clone(), twins.external]).await?;
    assert_eq!(known.into_iter().map(|(_, user)| user).collect::<Vec<_>>(), [arrived]);
    Ok(())
}

/// By a sign-in: the members that were read for the hidden one are not lost.
pub async fn a_group_that_is_made_meanwhile_gets_the_hidden_one_s_members(store: Subject) -> StoreResult<()> {
    let (corp, stage) = corp(&store).await?;
    let people = known(&store, &corp, &["ann", "bob"]).await?;
    let [(ann, _), (bob, _)] = people.as_slice() else { panic!("two") };
    let (above, _) = known_groups(&store, &corp, &["above"]).await?.remove(0);
    let (hidden, entry) = group(&corp, "team");
    let seen = Group { id: sample::group_id("seen"), ..hidden.clone() };
    store.loader(&stage).await?.groups(vec![(hidden.clone(), entry.clone())]).await?;
    store.loader(&stage).await?.members(of(&hidden, ann)).await?;
    let mut unit = begin(&store).await;
    let nested = Members { groups: vec![(above.id.clone(), hidden.id.clone())], ..Members::default() };
    unit.stage_members(&stage, &nested, &Members::default()).await?;
    unit.insert_group(&seen).await?;
    unit.put_group_entry(&corp.id, &GroupEntry { group: seen.id.clone(), ..entry.clone() }).await?;
    unit.add_member(&seen.id, &bob.id, sample::NOW).await?;
    unit.commit().await?;
    apply(&store, &stage).await?;
    for user in [ann, bob] {
        assert_eq!(groups_of(&store, user).await?, ["above", "team"]);
    }
    assert_eq!(store.group(&hidden.id).await?, None);
    assert_eq!(store.groups(None, &page(10)).await?.items.len(), 2);
    Ok(())
}

/// Neither does applying what is so already.
pub async fn applying_nothing_changes_nothing(store: Subject) -> StoreResult<()> {
    let (corp, stage) = corp(&store).await?;
    let (ann, anns) = known(&store, &corp, &["ann"]).await?.remove(0);
    let before = store.entitlement_revision().await?;
    assert_eq!(apply(&store, &stage).await?, AppliedChanges::default());
    let again = self::stage(&store, &corp, "again", true).await?;
    let mut unit = begin(&store).await;
    unit.stage_people(&again, &[changed(&ann, &anns)]).await?;
    unit.commit().await?;
    assert_eq!(apply(&store, &again).await?, AppliedChanges::default());
    assert_eq!(store.entitlement_revision().await?, before);
    assert_eq!(store.known_people(&corp.id, std::slice::from_ref(&anns.external)).await?, [(anns, ann)]);
    Ok(())
}

/// After a whole reading, whoever did not come again waits no more, and neither does who is known now.
pub async fn a_cursor_and_those_who_wait_come_with_the_stage(store: Subject) -> StoreResult<()> {
    let (corp, stage) = corp(&store).await?;
    let pending = |name: &str, seen| PendingMatch {
        person: sample::directory_person(name),
        candidates: Vec::new(),
        why: MatchDoubt::LoginTaken,
        seen,
    };
    let (ann, anns) = person(&corp, "ann");
    let earlier = sample::NOW.plus_seconds(-1);
    store.loader(&stage).await?.people(vec![(ann, anns)]).await?;
    let mut unit = begin(&store).await;
    for name in ["ann@example.com", "bob@example.com", "cleo@example.com"] {
        unit.put_pending_match(&corp.id, &pending(name, earlier)).await?;
    }
    unit.stage_pending(&stage, &[pending("bob@example.com", sample::NOW)]).await?;
    unit.stage_cursor(&stage, Some(&ImportCursor("one".to_owned()))).await?;
    unit.commit().await?;
    assert_eq!(store.import_cursor(&corp.id).await?, None);
    apply(&store, &stage).await?;
    assert_eq!(store.import_cursor(&corp.id).await?, Some(ImportCursor("one".to_owned())));
    assert_eq!(store.pending_matches(&corp.id, None, 10).await?, [pending("bob@example.com", sample::NOW)]);

    let part = self::stage(&store, &corp, "part", false).await?;
    let mut unit = begin(&store).await;
    unit.stage_pending(&part, &[pending("dan@example.com", sample::NOW)]).await?;
    unit.commit().await?;
    let mut unit = begin(&store).await;
    unit.apply_staged(&part, LATER, LATER, 0).await?;
    unit.commit().await?;
    assert_eq!(store.pending_matches(&corp.id, None, 10).await?.len(), 2);
    assert_eq!(store.import_cursor(&corp.id).await?, None, "it gave nothing to go on from");
    Ok(())
}

/// A key that two share leads nobody in.
pub async fn waiting_groups_are_joined_by_who_has_the_key_alone(store: Subject) -> StoreResult<()> {
    let (corp, stage) = corp(&store).await?;
    let (staff, staffs) = group(&corp, "staff");
    let (ann, mut anns) = person(&corp, "ann");
    let (bob, mut bobs) = person(&corp, "bob");
    let shared = EntryKey("uid:x".to_owned());
    store.loader(&stage).await?.groups(vec![(staff.clone(), staffs)]).await?;
    let waiting = [anns.keys[0].clone(), shared.clone(), bobs.keys[0].clone()];
    let unresolved = waiting.iter().map(|key| (staff.id.clone(), key.clone())).collect();
    store.loader(&stage).await?.members(Members { unresolved, ..Members::default() }).await?;
    apply(&store, &stage).await?;
    assert_eq!(store.groups_that_wait_for(&corp.id, &waiting).await?.len(), 3);

    anns.keys.push(shared.clone());
    bobs.keys = vec![shared.clone()];
    let mut unit = begin(&store).await;
    for (user, entry) in [(&ann, &anns), (&bob, &bobs)] {
        unit.insert_user(user, None).await?;
        unit.put_person_entry(&corp.id, entry).await?;
    }
    assert_eq!(unit.join_waiting_groups(&corp.id, &anns.external, LATER).await?, std::slice::from_ref(&staff.id));
    assert!(unit.join_waiting_groups(&corp.id, &anns.external, LATER).await?.is_empty());
    assert!(unit.join_waiting_groups(&corp.id, &bobs.external, LATER).await?.is_empty());
    refused!(
        unit.join_waiting_groups(&corp.id, &sample::external_id("x"), LATER).await,
        StoreError::Missing { entity: "entry", .. }
    );
    unit.commit().await?;
    assert_eq!(groups_of(&store, &ann).await?, ["staff"]);
    assert!(groups_of(&store, &bob).await?.is_empty());
    assert_eq!(store.groups_that_wait_for(&corp.id, &waiting).await?.len(), 2);
    Ok(())
}

/// Whom the stage would put on hold counts no more.
pub async fn super_admins_are_counted_before_it_is_too_late(store: Subject) -> StoreResult<()> {
    let (corp, stage) = corp(&store).await?;
    let root = User { directory: Some(corp.id.clone()), ..sample::admin("root@example.com") };
    let roots = sample::person_entry(&root);
    seed(&store, &[&root], &[], &[]).await?;
    let mut unit = begin(&store).await;
    unit.put_person_entry(&corp.id, &roots).await?;
    unit.commit().await?;
    assert_eq!(store.super_admins_after(&stage).await?, 1);
    let mut unit = begin(&store).await;
    unit.stage_people(&stage, &[changed(&root, &PersonEntry { state: None, ..roots })]).await?;
    unit.commit().await?;
    assert_eq!(store.super_admins_after(&stage).await?, 0);
    assert_eq!(store.count_super_admins().await?, 1);
    Ok(())
}

/// Users and groups, between the reading and the writing.
pub async fn members_who_were_removed_meanwhile_are_left_out(store: Subject) -> StoreResult<()> {
    let (corp, stage) = corp(&store).await?;
    let people = known(&store, &corp, &["ann", "bob"]).await?;
    let [(ann, _), (bob, _)] = people.as_slice() else { panic!("two") };
    let (local, _) = known_groups(&store, &corp, &["local"]).await?.remove(0);
    let (team, teams) = group(&corp, "team");
    let loader = store.loader(&stage).await?;
    loader.groups(vec![(team.clone(), teams)]).await?;
    let mut unit = begin(&store).await;
    unit.delete_user(&bob.id).await?;
    unit.delete_group(&local.id).await?;
    unit.commit().await?;
    let members = Members {
        people: vec![(team.id.clone(), ann.id.clone()), (team.id.clone(), bob.id.clone())],
        groups: vec![(team.id.clone(), local.id.clone())],
        unresolved: vec![(team.id.clone(), EntryKey("dn:else".to_owned())), (local.id, EntryKey("dn:x".to_owned()))],
    };
    loader.members(members).await?;
    drop(loader);
    apply(&store, &stage).await?;
    let members = store.direct_members_of(std::slice::from_ref(&team.id)).await?;
    assert_eq!(members.people, [(team.id.clone(), ann.id.clone())]);
    assert!(members.groups.is_empty());
    assert_eq!(members.unresolved, [(team.id, EntryKey("dn:else".to_owned()))]);
    // The user's id can be given again: nothing was left that names it.
    assert!(groups_of(&store, bob).await?.is_empty());
    Ok(())
}

/// Whoever writes on after another run swept it is told so.
pub async fn a_stage_that_is_no_more_takes_nothing_in(store: Subject) -> StoreResult<()> {
    let (corp, stage) = corp(&store).await?;
    let (ann, anns) = person(&corp, "ann");
    let (team, teams) = group(&corp, "team");
    let loader = store.loader(&stage).await?;
    sweep(&store, &stage).await?;
    refused!(loader.people(vec![(ann.clone(), anns)]).await, StoreError::Missing { entity: "stage", .. });
    refused!(loader.groups(vec![(team.clone(), teams)]).await, StoreError::Missing { entity: "stage", .. });
    refused!(loader.members(of(&team, &ann)).await, StoreError::Missing { entity: "stage", .. });
    assert!(store.linked_entries(&corp.id, None, 10).await?.is_empty());
    Ok(())
}

/// More than one statement writes, and more than one piece sweeps.
pub async fn thousands_are_staged_and_swept_in_pieces(store: Subject) -> StoreResult<()> {
    let (corp, stage) = corp(&store).await?;
    let people: Vec<_> = (0..2_500).map(|number| person(&corp, &format!("u{number}"))).collect();
    let (team, teams) = group(&corp, "team");
    store.loader(&stage).await?.people(people.clone()).await?;
    store.loader(&stage).await?.groups(vec![(team.clone(), teams)]).await?;
    let members = people.iter().map(|(user, _)| (team.id.clone(), user.id.clone())).collect();
    store.loader(&stage).await?.members(Members { people: members, ..Members::default() }).await?;
    let mut unit = begin(&store).await;
    unit.unstage_person(&stage, &people[0].0.id).await?;
    unit.commit().await?;
    assert!(sweep(&store, &stage).await? > 1);

    let again = self::stage(&store, &corp, "again", true).await?;
    store.loader(&again).await?.people(people.clone()).await?;
    let mut unit = begin(&store).await;
    unit.unstage_person(&again, &people[0].0.id).await?;
    unit.commit().await?;
    apply(&store, &again).await?;
    assert_eq!(store.directory_totals(&corp.id).await?.people, 2_499);
    assert_eq!(store.user(&people[0].0.id).await?, None);
    Ok(())
}
