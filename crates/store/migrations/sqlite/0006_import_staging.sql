-- Imports that are being made ready. What is new waits hidden in its own tables (see `user_records.hidden`); what changes
-- about what is there waits here, and is dropped or applied as a whole.

-- Members of a directory's group that no entry of it answers to.
CREATE TABLE unresolved_members (
    group_id TEXT NOT NULL REFERENCES group_records (id) ON DELETE CASCADE,
    entry_key TEXT NOT NULL,
    PRIMARY KEY (group_id, entry_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX unresolved_members_key ON unresolved_members (entry_key, group_id);

-- `whole`: what was not read is gone. `cursor`: where the next incremental import goes on once this one is applied.
CREATE TABLE import_stages (
    run_id TEXT NOT NULL PRIMARY KEY,
    directory_id TEXT NOT NULL REFERENCES directories (id) ON DELETE CASCADE,
    whole INTEGER NOT NULL,
    cursor TEXT
) STRICT;
CREATE INDEX import_stages_directory ON import_stages (directory_id);

-- People who are known, and users who become known. `owned`: the directory owns the user; `profile`: the profile's columns
-- count.
CREATE TABLE import_people (
    run_id TEXT NOT NULL,
    external_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    dn TEXT NOT NULL,
    state TEXT NOT NULL,
    owned INTEGER NOT NULL,
    profile INTEGER NOT NULL,
    forget_password INTEGER NOT NULL,
    login TEXT NOT NULL,
    login_folded TEXT NOT NULL,
    email TEXT NOT NULL,
    email_folded TEXT NOT NULL,
    first_name TEXT NOT NULL,
    first_name_folded TEXT NOT NULL,
    last_name TEXT NOT NULL,
    last_name_folded TEXT NOT NULL,
    extra TEXT NOT NULL,
    attributes TEXT NOT NULL,
    own_keys TEXT NOT NULL,
    also_in TEXT NOT NULL,
    PRIMARY KEY (run_id, external_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX import_people_user ON import_people (run_id, user_id);

-- `change`: `NEW` (hidden in `group_records`), `CHANGED`, `GONE`.
CREATE TABLE import_groups (
    run_id TEXT NOT NULL,
    external_id TEXT NOT NULL,
    group_id TEXT NOT NULL,
    change TEXT NOT NULL,
    dn TEXT NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    description TEXT NOT NULL,
    own_keys TEXT NOT NULL,
    PRIMARY KEY (run_id, external_id)
) STRICT, WITHOUT ROWID;

-- Keys that entries which are known get and lose.
CREATE TABLE import_keys (
    run_id TEXT NOT NULL,
    external_id TEXT NOT NULL,
    relation TEXT NOT NULL,
    entry_key TEXT NOT NULL,
    added INTEGER NOT NULL,
    PRIMARY KEY (run_id, external_id, relation, entry_key)
) STRICT, WITHOUT ROWID;

-- Members of groups that are there already. `kind`: `USER`, `GROUP`, `KEY` (unresolved).
CREATE TABLE import_members (
    run_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    added INTEGER NOT NULL,
    group_id TEXT NOT NULL,
    member TEXT NOT NULL,
    PRIMARY KEY (run_id, kind, added, group_id, member)
) STRICT, WITHOUT ROWID;

CREATE TABLE import_pending (
    run_id TEXT NOT NULL,
    external_id TEXT NOT NULL,
    person TEXT NOT NULL,
    candidates TEXT NOT NULL,
    why TEXT NOT NULL,
    seen INTEGER NOT NULL,
    PRIMARY KEY (run_id, external_id)
) STRICT, WITHOUT ROWID;
