-- Directories, and groups in groups.

-- `settings` is JSON: connection, people, groups, schedule, matching …
CREATE TABLE directories (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    settings TEXT NOT NULL,
    created INTEGER NOT NULL,
    last_updated INTEGER NOT NULL
) STRICT;

CREATE TABLE directory_secrets (
    directory_id TEXT NOT NULL PRIMARY KEY REFERENCES directories (id) ON DELETE CASCADE,
    master_key_id TEXT NOT NULL,
    secret BLOB NOT NULL
) STRICT;

-- Who owns profile and password; NULL: Rolegate itself.
ALTER TABLE users ADD COLUMN directory_id TEXT REFERENCES directories (id) ON DELETE SET NULL;
CREATE INDEX users_directory ON users (directory_id) WHERE directory_id IS NOT NULL;

-- NULL for a local group, else the directory that it is read from. No earlier version read any.
DROP INDEX user_groups_local_name;
DELETE FROM user_groups WHERE directory IS NOT NULL;
ALTER TABLE user_groups DROP COLUMN directory;
ALTER TABLE user_groups ADD COLUMN directory_id TEXT REFERENCES directories (id) ON DELETE CASCADE;
CREATE UNIQUE INDEX user_groups_local_name ON user_groups (name) WHERE directory_id IS NULL;
CREATE INDEX user_groups_directory ON user_groups (directory_id) WHERE directory_id IS NOT NULL;

-- Groups that are members of groups, directly. Loops do no harm: who reads it asks with UNION.
CREATE TABLE group_nesting (
    parent_id TEXT NOT NULL REFERENCES user_groups (id) ON DELETE CASCADE,
    child_id TEXT NOT NULL REFERENCES user_groups (id) ON DELETE CASCADE,
    PRIMARY KEY (parent_id, child_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_nesting_child ON group_nesting (child_id, parent_id);
