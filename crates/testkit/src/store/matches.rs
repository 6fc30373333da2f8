//! People of whom it is not sure which user they are.

use ports::{MatchDecision, MatchDoubt, PendingMatch, StoreError, StoreResult};

use super::{Subject, begin, refused, seed};
use crate::sample;

/// By id, a few at a time; whoever was not read again is forgotten.
pub async fn somebody_who_waits_reads_back_and_is_forgotten(store: Subject) -> StoreResult<()> {
    let corp = sample::directory("corp");
    let pending = |name: &str, why, seen| PendingMatch {
        person: sample::directory_person(name),
        candidates: vec![sample::user_id("ann@example.com")],
        why,
        seen,
    };
    let later = sample::NOW.plus_seconds(60);
    let mut unit = begin(&store).await;
    let ann = pending("ann@example.com", MatchDoubt::NotAutomatic, sample::NOW);
    refused!(unit.put_pending_match(&corp.id, &ann).await, StoreError::Missing { entity: "directory", .. });
    unit.insert_directory(&corp).await?;
    for (name, why) in ["a@x.org", "b@x.org", "c@x.org", "d@x.org", "e@x.org"].into_iter().zip(MatchDoubt::ALL) {
        unit.put_pending_match(&corp.id, &pending(name, why, sample::NOW)).await?;
    }
    let again = pending("e@x.org", MatchDoubt::NameDiffers, later);
    unit.put_pending_match(&corp.id, &again).await?;
    unit.commit().await?;
    assert_eq!(store.pending_match(&corp.id, &sample::external_id("e@x.org")).await?.as_ref(), Some(&again));
    let mut found = store.pending_matches(&corp.id, None, 2).await?;
    let last = found[1].person.id.clone();
    found.extend(store.pending_matches(&corp.id, Some(&last), 10).await?);
    assert_eq!(found.len(), 5);
    assert!(found.is_sorted_by_key(|pending| pending.person.id.clone()));

    let mut unit = begin(&store).await;
    assert!(unit.delete_pending_match(&corp.id, &sample::external_id("a@x.org")).await?);
    assert!(!unit.delete_pending_match(&corp.id, &sample::external_id("a@x.org")).await?);
    assert_eq!(unit.delete_pending_matches_before(&corp.id, later).await?, 3);
    unit.commit().await?;
    assert_eq!(store.pending_matches(&corp.id, None, 10).await?, [again]);
    Ok(())
}

/// Until it is said otherwise, or the user is no more.
pub async fn what_was_said_of_somebody_is_remembered(store: Subject) -> StoreResult<()> {
    let corp = sample::directory("corp");
    let ann = sample::user("ann@example.com");
    seed(&store, &[&ann], &[], &[]).await?;
    let [one, two, three] = ["one", "two", "three"].map(sample::external_id);
    let is_ann = MatchDecision::Is(ann.id.clone());
    let mut unit = begin(&store).await;
    refused!(
        unit.set_match_decision(&corp.id, &one, Some(&MatchDecision::New)).await,
        StoreError::Missing { entity: "directory", .. }
    );
    unit.insert_directory(&corp).await?;
    unit.set_match_decision(&corp.id, &one, Some(&MatchDecision::New)).await?;
    unit.set_match_decision(&corp.id, &one, Some(&is_ann)).await?;
    unit.set_match_decision(&corp.id, &two, Some(&MatchDecision::Ignore)).await?;
    unit.set_match_decision(&corp.id, &three, Some(&MatchDecision::New)).await?;
    unit.set_match_decision(&corp.id, &three, None).await?;
    let nobody = MatchDecision::Is(sample::user_id("x"));
    refused!(
        unit.set_match_decision(&corp.id, &three, Some(&nobody)).await,
        StoreError::Missing { entity: "user", .. }
    );
    unit.commit().await?;
    let ids = [one.clone(), two.clone(), three];
    assert!(store.has_match_decisions(&corp.id).await?);
    assert!(!store.has_match_decisions(&sample::directory_id("x")).await?);
    let mut said = store.match_decisions(&corp.id, &ids).await?;
    said.sort_by_key(|(entry, _)| *entry != one);
    assert_eq!(said, [(one, is_ann), (two.clone(), MatchDecision::Ignore)]);
    let mut unit = begin(&store).await;
    unit.delete_user(&ann.id).await?;
    unit.commit().await?;
    assert_eq!(store.match_decisions(&corp.id, &ids).await?, [(two, MatchDecision::Ignore)]);
    Ok(())
}
