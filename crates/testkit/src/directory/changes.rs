//! An incremental import: what changed since the last one, and when that cannot be told.

use domain::directory::DirectoryEntry;
use ports::directory::{DirectoryResult, ImportCursor};

use super::{
    Subject,
    scenario::{NewPerson, Reading, holds},
};

async fn put_ann_bob_and_admins(subject: &Subject) {
    subject.put_person(NewPerson::named("ann")).await;
    subject.put_person(NewPerson::named("bob")).await;
    subject.put_group("admins", &["ann"]).await;
}

/// Time and again.
pub async fn without_a_change_nothing_is_told(subject: Subject) -> DirectoryResult<()> {
    put_ann_bob_and_admins(&subject).await;
    let session = subject.session().await;
    let full = Reading::of(&*session, None).await?;
    let first = Reading::of(&*session, Some(full.cursor())).await?;
    assert_eq!(first.changes_since(&full).entries, []);
    let second = Reading::of(&*session, Some(first.cursor())).await?;
    assert_eq!(second.changes_since(&full).entries, []);
    Ok(())
}

/// New people, changed people, groups with other members: each as it is now.
pub async fn what_changed_since_is_told_and_nothing_else(subject: Subject) -> DirectoryResult<()> {
    put_ann_bob_and_admins(&subject).await;
    let session = subject.session().await;
    let full = Reading::of(&*session, None).await?;
    subject.set_first_name("ann", "Anna").await;
    subject.put_person(NewPerson::named("cid")).await;
    subject.set_members("admins", &["ann", "cid"]).await;
    let changes = Reading::of(&*session, Some(full.cursor())).await?.changes_since(&full);
    assert_eq!(changes.entries.len(), 3, "{:?}", changes.entries);
    let ann = changes.person(&subject.login("ann"));
    assert_eq!(ann.first_name.as_deref(), Some("Anna"));
    assert_eq!(ann.id, full.person(&subject.login("ann")).id);
    let cid = changes.person(&subject.login("cid"));
    let admins = changes.group("admins");
    assert!(holds(&admins.members, &ann.keys) && holds(&admins.members, &cid.keys), "{admins:?}");

    subject.set_members("admins", &["cid"]).await;
    let later = Reading::of(&*session, Some(changes.cursor())).await?.changes_since(&changes);
    let [DirectoryEntry::Group(admins)] = &*later.entries else { panic!("{:?}", later.entries) };
    assert!(!holds(&admins.members, &ann.keys) && holds(&admins.members, &cid.keys), "{admins:?}");
    Ok(())
}

/// People and groups.
pub async fn what_went_is_told_as_gone(subject: Subject) -> DirectoryResult<()> {
    put_ann_bob_and_admins(&subject).await;
    let session = subject.session().await;
    let full = Reading::of(&*session, None).await?;
    subject.remove("bob").await;
    subject.remove("admins").await;
    let changes = Reading::of(&*session, Some(full.cursor())).await?.changes_since(&full);
    assert!(changes.gone().contains(&&full.person(&subject.login("bob")).id), "{:?}", changes.entries);
    assert!(changes.gone().contains(&&full.group("admins").id), "{:?}", changes.entries);
    assert_eq!((changes.people().len(), changes.groups().len()), (0, 0), "{:?}", changes.entries);
    Ok(())
}

/// As seen from here they are no more.
pub async fn what_leaves_filter_or_base_is_gone(subject: Subject) -> DirectoryResult<()> {
    put_ann_bob_and_admins(&subject).await;
    let session = subject.session().await;
    let full = Reading::of(&*session, None).await?;
    subject.leave_filter("ann").await;
    subject.move_out("bob").await;
    let changes = Reading::of(&*session, Some(full.cursor())).await?.changes_since(&full);
    for name in ["ann", "bob"] {
        assert!(changes.gone().contains(&&full.person(&subject.login(name)).id), "{name}: {:?}", changes.entries);
    }
    assert_eq!(changes.people().len(), 0, "{:?}", changes.entries);
    Ok(())
}

/// Who was left out before may be wanted now, and the other way round.
pub async fn other_settings_need_a_full_import(subject: Subject) -> DirectoryResult<()> {
    put_ann_bob_and_admins(&subject).await;
    let full = Reading::of(&*subject.session().await, None).await?;
    let mut settings = subject.settings();
    settings.people.attributes.further.insert("title".to_owned(), "title".to_owned());
    let error = Reading::of(&*subject.session_with(&settings).await, Some(full.cursor())).await.expect_err("refused");
    assert!(error.needs_full_import(), "{error:?}");
    settings.people.attributes = subject.settings().people.attributes;
    settings.people.filter = format!("(&{}(sn=*))", settings.people.filter);
    let error = Reading::of(&*subject.session_with(&settings).await, Some(full.cursor())).await.expect_err("refused");
    assert!(error.needs_full_import(), "{error:?}");
    Ok(())
}

/// Everybody in it has another name, without a change of their own.
pub async fn a_renamed_container_needs_a_full_import(subject: Subject) -> DirectoryResult<()> {
    put_ann_bob_and_admins(&subject).await;
    let session = subject.session().await;
    let full = Reading::of(&*session, None).await?;
    subject.rename_container().await;
    let error = Reading::of(&*session, Some(full.cursor())).await.expect_err("refused");
    assert!(error.needs_full_import(), "{error:?}");
    let full = Reading::of(&*session, None).await?;
    assert_eq!(full.people().len(), 2);
    assert_eq!(Reading::of(&*session, Some(full.cursor())).await?.changes_since(&full).entries, []);
    Ok(())
}

/// It is not trusted.
pub async fn a_cursor_of_somebody_else_s_needs_a_full_import(subject: Subject) -> DirectoryResult<()> {
    put_ann_bob_and_admins(&subject).await;
    let session = subject.session().await;
    for cursor in ["", "{}", "rid=000,csn=20200101000000.000000Z#000000#000#000000", "null"] {
        let error = Reading::of(&*session, Some(&ImportCursor(cursor.to_owned()))).await.expect_err("refused");
        assert!(error.needs_full_import(), "`{cursor}`: {error:?}");
    }
    Ok(())
}
