-- Entries are some 300 bytes each: as rows of their own, with an index, several times fewer pages are touched for each one
-- than in a tree that holds whole rows by their key. Keys begin with what tells rows apart, not with the directory, which
-- nearly all have in common.
CREATE TABLE entries_by_rowid (
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
    PRIMARY KEY (external_id, directory_id)
) STRICT;
INSERT INTO entries_by_rowid SELECT directory_id, external_id, user_id, group_id, dn, state, suspended, attributes,
    own_keys, also_in, refreshed FROM directory_entries;
DROP TABLE directory_entries;
ALTER TABLE entries_by_rowid RENAME TO directory_entries;
CREATE UNIQUE INDEX directory_entries_user ON directory_entries (user_id, directory_id) WHERE user_id IS NOT NULL;
CREATE UNIQUE INDEX directory_entries_group ON directory_entries (group_id) WHERE group_id IS NOT NULL;
CREATE INDEX directory_entries_refreshed ON directory_entries (directory_id, refreshed) WHERE refreshed IS NOT NULL;

CREATE TABLE keys_of_entries (
    directory_id TEXT NOT NULL REFERENCES directories (id) ON DELETE CASCADE,
    entry_key TEXT NOT NULL,
    relation TEXT NOT NULL,
    external_id TEXT NOT NULL,
    PRIMARY KEY (entry_key, directory_id, relation, external_id)
) STRICT, WITHOUT ROWID;
INSERT INTO keys_of_entries SELECT directory_id, entry_key, relation, external_id FROM directory_keys;
DROP TABLE directory_keys;
ALTER TABLE keys_of_entries RENAME TO directory_keys;
