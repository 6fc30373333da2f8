//! People of whom it is not sure which user they are, and what was said of them.

use async_trait::async_trait;
use domain::{DirectoryId, Timestamp, directory::ExternalId};
use ports::{MatchDecision, MatchReader, MatchWriter, PendingMatch, StoreResult};

use super::{HAS_DIRECTORY, HAS_USER, Store, Unit, directory_entries::entry_keys, require};
use crate::{
    error::failed,
    rows::{Decided, PendingRow, all, decision_words, one, to_json},
};

const DECISION: &str =
    "SELECT external_id, decision, user_id FROM match_decisions WHERE directory_id = $1 AND external_id = $2";

const HAS_DECISIONS: &str = "SELECT 1 FROM match_decisions WHERE directory_id = $1 LIMIT 1";

#[async_trait]
impl MatchReader for Store {
    async fn pending_match(&self, directory: &DirectoryId, entry: &ExternalId) -> StoreResult<Option<PendingMatch>> {
        let mut reader = self.reader().await?;
        let query = sqlx::query_as::<_, PendingRow>(
            "SELECT person, candidates, why, seen FROM pending_matches WHERE directory_id = $1 AND external_id = $2",
        );
        let row = query.bind(directory.as_str()).bind(entry.as_str()).fetch_optional(&mut *reader).await;
        one(row.map_err(failed)?)
    }

    async fn pending_matches(
        &self,
        directory: &DirectoryId,
        after: Option<&ExternalId>,
        limit: u32,
    ) -> StoreResult<Vec<PendingMatch>> {
        let mut reader = self.reader().await?;
        let query = sqlx::query_as::<_, PendingRow>(
            "SELECT person, candidates, why, seen FROM pending_matches WHERE directory_id = $1 AND external_id > $2 \
             ORDER BY external_id LIMIT $3",
        );
        let query = query.bind(directory.as_str()).bind(after.map_or("", ExternalId::as_str)).bind(i64::from(limit));
        all(query.fetch_all(&mut *reader).await.map_err(failed)?)
    }

    async fn match_decisions(
        &self,
        directory: &DirectoryId,
        entries: &[ExternalId],
    ) -> StoreResult<Vec<(ExternalId, MatchDecision)>> {
        let rows = self.rows_by_many_keys::<Decided, 2>(DECISION, entry_keys(directory, entries)).await?;
        Ok(rows.into_iter().map(|Decided { entry, decision }| (entry, decision)).collect())
    }

    async fn has_match_decisions(&self, directory: &DirectoryId) -> StoreResult<bool> {
        let found: Option<i64> = self.row_by_key(HAS_DECISIONS, [directory.as_str()]).await?;
        Ok(found.is_some())
    }
}

#[async_trait]
impl MatchWriter for Unit {
    async fn put_pending_match(&mut self, directory: &DirectoryId, pending: &PendingMatch) -> StoreResult<()> {
        require(self.connection(), HAS_DIRECTORY, "directory", directory.as_str()).await?;
        sqlx::query(
            "INSERT INTO pending_matches (directory_id, external_id, person, candidates, why, seen) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (directory_id, external_id) DO UPDATE SET \
             person = excluded.person, candidates = excluded.candidates, why = excluded.why, seen = excluded.seen",
        )
        .bind(directory.as_str())
        .bind(pending.person.id.as_str())
        .bind(to_json(&pending.person)?)
        .bind(to_json(&pending.candidates)?)
        .bind(pending.why.as_str())
        .bind(pending.seen.millis())
        .execute(self.connection())
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn delete_pending_match(&mut self, directory: &DirectoryId, entry: &ExternalId) -> StoreResult<bool> {
        let query = sqlx::query("DELETE FROM pending_matches WHERE directory_id = $1 AND external_id = $2");
        let done = query.bind(directory.as_str()).bind(entry.as_str()).execute(self.connection()).await;
        Ok(done.map_err(failed)?.rows_affected() > 0)
    }

    async fn delete_pending_matches_before(&mut self, directory: &DirectoryId, time: Timestamp) -> StoreResult<u64> {
        let query = sqlx::query("DELETE FROM pending_matches WHERE directory_id = $1 AND seen < $2");
        let done = query.bind(directory.as_str()).bind(time.millis()).execute(self.connection()).await;
        Ok(done.map_err(failed)?.rows_affected())
    }

    async fn set_match_decision(
        &mut self,
        directory: &DirectoryId,
        entry: &ExternalId,
        decision: Option<&MatchDecision>,
    ) -> StoreResult<()> {
        require(self.connection(), HAS_DIRECTORY, "directory", directory.as_str()).await?;
        let Some(decision) = decision else {
            let query = sqlx::query("DELETE FROM match_decisions WHERE directory_id = $1 AND external_id = $2");
            let done = query.bind(directory.as_str()).bind(entry.as_str()).execute(self.connection()).await;
            return done.map(drop).map_err(failed);
        };
        let (word, user) = decision_words(decision);
        if let Some(user) = user {
            require(self.connection(), HAS_USER, "user", user).await?;
        }
        sqlx::query(
            "INSERT INTO match_decisions (directory_id, external_id, decision, user_id) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (directory_id, external_id) DO UPDATE SET decision = excluded.decision, \
             user_id = excluded.user_id",
        )
        .bind(directory.as_str())
        .bind(entry.as_str())
        .bind(word)
        .bind(user)
        .execute(self.connection())
        .await
        .map_err(failed)?;
        Ok(())
    }
}
