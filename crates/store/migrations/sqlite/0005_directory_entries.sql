-- Who and what was read from directories.

-- An import makes new people and groups ready in small steps; until it is applied they are hidden under its run's id.
-- Everything that reads goes through the views. A hidden user whose `login_folded` is its id made way for somebody else.
ALTER TABLE users RENAME TO user_records;
ALTER TABLE user_records ADD COLUMN hidden TEXT;
CREATE INDEX user_records_hidden ON user_records (hidden) WHERE hidden IS NOT NULL;
CREATE VIEW users AS
    SELECT id, status, login, login_folded, email, email_folded, first_name, first_name_folded, last_name,
        last_name_folded, extra, admin_role, directory_id, created, activated, status_changed, last_login, last_updated,
        password_changed, password_hash, failures, last_failure, locked_until
    FROM user_records WHERE hidden IS NULL;

ALTER TABLE user_groups RENAME TO group_records;
ALTER TABLE group_records ADD COLUMN hidden TEXT;
CREATE INDEX group_records_hidden ON group_records (hidden) WHERE hidden IS NOT NULL;
CREATE VIEW user_groups AS
    SELECT id, directory_id, name, name_folded, description, created, last_updated, last_membership_updated
    FROM group_records WHERE hidden IS NULL;

-- Which user or group an entry of a directory is. `external_id` survives renames and moves. `own_keys` (JSON) is how others
-- refer to it. For people: groups that only the person's side names (`also_in`, JSON of keys), `state` as the directory
-- said last (`GONE`: it is there no more), whether an import put the user on hold, the further attributes as they were
-- taken over last (JSON), and when a sign-in read the person last.
CREATE TABLE directory_entries (
    directory_id TEXT NOT NULL REFERENCES directories (id) ON DELETE CASCADE,
    external_id TEXT NOT NULL,
    user_id TEXT REFERENCES user_records (id) ON DELETE CASCADE,
    group_id TEXT REFERENCES group_records (id) ON DELETE CASCADE,
    dn TEXT NOT NULL,
    state TEXT NOT NULL,
    suspended INTEGER NOT NULL,
    attributes TEXT NOT NULL,
    own_keys TEXT NOT NULL,
    also_in TEXT NOT NULL,
    refreshed INTEGER,
    PRIMARY KEY (directory_id, external_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX directory_entries_user ON directory_entries (user_id, directory_id) WHERE user_id IS NOT NULL;
CREATE UNIQUE INDEX directory_entries_group ON directory_entries (group_id) WHERE group_id IS NOT NULL;
CREATE INDEX directory_entries_refreshed ON directory_entries (directory_id, refreshed) WHERE refreshed IS NOT NULL;

-- Which entries keys lead to: an index of `own_keys` (`IS`) and `also_in` (`IN`). The entry has the last word.
CREATE TABLE directory_keys (
    directory_id TEXT NOT NULL REFERENCES directories (id) ON DELETE CASCADE,
    entry_key TEXT NOT NULL,
    relation TEXT NOT NULL,
    external_id TEXT NOT NULL,
    PRIMARY KEY (directory_id, entry_key, relation, external_id)
) STRICT, WITHOUT ROWID;

-- People who wait for an administrator's word, and what was said. `person` and `candidates` are JSON.
CREATE TABLE pending_matches (
    directory_id TEXT NOT NULL REFERENCES directories (id) ON DELETE CASCADE,
    external_id TEXT NOT NULL,
    person TEXT NOT NULL,
    candidates TEXT NOT NULL,
    why TEXT NOT NULL,
    seen INTEGER NOT NULL,
    PRIMARY KEY (directory_id, external_id)
) STRICT, WITHOUT ROWID;

-- `user_id`: with the decision `IS`.
CREATE TABLE match_decisions (
    directory_id TEXT NOT NULL REFERENCES directories (id) ON DELETE CASCADE,
    external_id TEXT NOT NULL,
    decision TEXT NOT NULL,
    user_id TEXT REFERENCES user_records (id) ON DELETE CASCADE,
    PRIMARY KEY (directory_id, external_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX match_decisions_user ON match_decisions (user_id) WHERE user_id IS NOT NULL;
