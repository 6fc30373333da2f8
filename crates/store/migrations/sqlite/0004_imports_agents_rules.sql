-- What imports leave behind, agents, and the rules that put people into groups.

-- Where the next incremental import goes on.
CREATE TABLE import_cursors (
    directory_id TEXT NOT NULL PRIMARY KEY REFERENCES directories (id) ON DELETE CASCADE,
    cursor TEXT NOT NULL
) STRICT;

-- `detail` is JSON: progress, counts, problems, why it is held, why it failed.
CREATE TABLE import_runs (
    id TEXT NOT NULL PRIMARY KEY,
    directory_id TEXT NOT NULL REFERENCES directories (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    set_off_by TEXT NOT NULL,
    dry_run INTEGER NOT NULL,
    status TEXT NOT NULL,
    started INTEGER NOT NULL,
    finished INTEGER,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX import_runs_directory ON import_runs (directory_id, started);

CREATE TABLE agents (
    id TEXT NOT NULL PRIMARY KEY,
    directory_id TEXT NOT NULL REFERENCES directories (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    status TEXT NOT NULL,
    registration_hash BLOB UNIQUE,
    registration_ends INTEGER,
    public_key BLOB,
    version TEXT,
    created INTEGER NOT NULL,
    last_contact INTEGER,
    UNIQUE (directory_id, name_folded)
) STRICT;

-- `excluded` is JSON: ids of users.
CREATE TABLE group_rules (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL,
    expression TEXT NOT NULL,
    excluded TEXT NOT NULL,
    created INTEGER NOT NULL,
    last_updated INTEGER NOT NULL
) STRICT;

CREATE TABLE group_rule_targets (
    rule_id TEXT NOT NULL REFERENCES group_rules (id) ON DELETE CASCADE,
    group_id TEXT NOT NULL REFERENCES user_groups (id) ON DELETE CASCADE,
    PRIMARY KEY (rule_id, group_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_rule_targets_group ON group_rule_targets (group_id);

-- The rule that made it; NULL: by hand, or read from a directory.
ALTER TABLE memberships ADD COLUMN rule_id TEXT REFERENCES group_rules (id) ON DELETE CASCADE;
CREATE INDEX memberships_rule ON memberships (rule_id) WHERE rule_id IS NOT NULL;
