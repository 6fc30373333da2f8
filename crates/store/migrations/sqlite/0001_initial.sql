-- Times are milliseconds since 1970 (UTC). `*_folded` is the lower-case form (Unicode) for comparison and search.
-- JSON is TEXT. On PostgreSQL: INTEGER -> BIGINT, BLOB -> BYTEA, TEXT -> TEXT COLLATE "C", no STRICT, no WITHOUT ROWID.

CREATE TABLE revisions (
    name TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT;
INSERT INTO revisions (name, value) VALUES ('entitlement', 1);

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    status TEXT NOT NULL,
    login TEXT NOT NULL,
    login_folded TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL,
    email_folded TEXT NOT NULL,
    first_name TEXT NOT NULL,
    first_name_folded TEXT NOT NULL,
    last_name TEXT NOT NULL,
    last_name_folded TEXT NOT NULL,
    extra TEXT NOT NULL,
    admin_role TEXT,
    created INTEGER NOT NULL,
    activated INTEGER,
    status_changed INTEGER,
    last_login INTEGER,
    last_updated INTEGER NOT NULL,
    password_changed INTEGER,
    password_hash TEXT,
    failures INTEGER NOT NULL DEFAULT 0,
    last_failure INTEGER,
    locked_until INTEGER
) STRICT;
CREATE INDEX users_email_folded ON users (email_folded);
CREATE INDEX users_last_updated ON users (last_updated);
CREATE INDEX users_admin_role ON users (admin_role) WHERE admin_role IS NOT NULL;

-- `directory` is NULL for a local group, else the name of the integration it was read from.
CREATE TABLE user_groups (
    id TEXT NOT NULL PRIMARY KEY,
    directory TEXT,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    description TEXT NOT NULL,
    created INTEGER NOT NULL,
    last_updated INTEGER NOT NULL,
    last_membership_updated INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX user_groups_local_name ON user_groups (name) WHERE directory IS NULL;

CREATE TABLE memberships (
    group_id TEXT NOT NULL REFERENCES user_groups (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (group_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_user ON memberships (user_id, group_id);

CREATE TABLE apps (
    id TEXT NOT NULL PRIMARY KEY,
    issuer TEXT NOT NULL,
    label TEXT NOT NULL UNIQUE,
    label_folded TEXT NOT NULL,
    status TEXT NOT NULL,
    settings TEXT NOT NULL,
    user_name_template TEXT NOT NULL,
    signing_key TEXT NOT NULL,
    document TEXT NOT NULL,
    created INTEGER NOT NULL,
    last_updated INTEGER NOT NULL
) STRICT;

CREATE TABLE user_assignments (
    app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    user_name TEXT,
    role TEXT,
    saml_roles TEXT NOT NULL,
    created INTEGER NOT NULL,
    last_updated INTEGER NOT NULL,
    PRIMARY KEY (app_id, user_id)
) STRICT;
CREATE INDEX user_assignments_user ON user_assignments (user_id);

CREATE TABLE group_assignments (
    app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    group_id TEXT NOT NULL REFERENCES user_groups (id) ON DELETE CASCADE,
    priority INTEGER NOT NULL,
    role TEXT,
    saml_roles TEXT NOT NULL,
    created INTEGER NOT NULL,
    last_updated INTEGER NOT NULL,
    PRIMARY KEY (app_id, group_id)
) STRICT;
CREATE INDEX group_assignments_group ON group_assignments (group_id);
CREATE INDEX group_assignments_order ON group_assignments (app_id, priority, created, group_id);

CREATE TABLE signing_keys (
    id TEXT NOT NULL PRIMARY KEY,
    app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    certificate BLOB NOT NULL,
    master_key_id TEXT NOT NULL,
    private_key BLOB NOT NULL,
    created INTEGER NOT NULL,
    not_after INTEGER NOT NULL
) STRICT;
CREATE INDEX signing_keys_app ON signing_keys (app_id, created);

CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created INTEGER NOT NULL,
    last_used INTEGER NOT NULL,
    idle_expires INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    amr TEXT NOT NULL,
    ip TEXT,
    user_agent TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_user ON sessions (user_id, created);
CREATE INDEX sessions_idle_expires ON sessions (idle_expires);
CREATE INDEX sessions_expires ON sessions (expires);

CREATE TABLE one_time_tokens (
    hash BLOB NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL,
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    expires INTEGER NOT NULL
) STRICT;
CREATE INDEX one_time_tokens_user ON one_time_tokens (user_id);
CREATE INDEX one_time_tokens_expires ON one_time_tokens (expires);

CREATE TABLE api_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    created INTEGER NOT NULL,
    last_used INTEGER,
    expires INTEGER
) STRICT;
CREATE INDEX api_tokens_user ON api_tokens (user_id);

CREATE TABLE aws_integrations (
    app_id TEXT NOT NULL PRIMARY KEY REFERENCES apps (id) ON DELETE CASCADE,
    enabled INTEGER NOT NULL,
    sources TEXT NOT NULL,
    cross_account_role TEXT NOT NULL,
    external_id TEXT,
    session_name TEXT NOT NULL,
    interval_seconds INTEGER NOT NULL,
    last_updated INTEGER NOT NULL
) STRICT;

CREATE TABLE source_secrets (
    app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    aws_partition TEXT NOT NULL,
    master_key_id TEXT NOT NULL,
    secret BLOB NOT NULL,
    PRIMARY KEY (app_id, aws_partition)
) STRICT;

-- `roles_seen`: when all roles of the account were read last; a role that is there was seen then.
CREATE TABLE aws_accounts (
    app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    aws_partition TEXT NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    alias TEXT,
    alias_folded TEXT,
    organization_state TEXT,
    last_success INTEGER,
    last_attempt INTEGER NOT NULL,
    roles_seen INTEGER NOT NULL,
    error TEXT,
    vanished INTEGER,
    PRIMARY KEY (app_id, id)
) STRICT;

-- `last_seen` is kept for vanished roles only; see `aws_accounts.roles_seen`.
CREATE TABLE aws_roles (
    app_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    arn TEXT NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    description TEXT NOT NULL,
    max_session_duration INTEGER NOT NULL,
    trust_policy TEXT NOT NULL,
    trust TEXT NOT NULL,
    verdict TEXT NOT NULL,
    vanished INTEGER,
    last_seen INTEGER NOT NULL,
    PRIMARY KEY (app_id, arn),
    FOREIGN KEY (app_id, account_id) REFERENCES aws_accounts (app_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX aws_roles_account ON aws_roles (app_id, account_id, arn);
CREATE INDEX aws_roles_name ON aws_roles (app_id, name, account_id, arn);

CREATE TABLE discovery_runs (
    id TEXT NOT NULL PRIMARY KEY,
    app_id TEXT NOT NULL REFERENCES apps (id) ON DELETE CASCADE,
    set_off_by TEXT NOT NULL,
    account_id TEXT,
    status TEXT NOT NULL,
    started INTEGER NOT NULL,
    finished INTEGER,
    accounts_total INTEGER NOT NULL,
    accounts_done INTEGER NOT NULL,
    accounts_failed INTEGER NOT NULL,
    roles_found INTEGER NOT NULL,
    roles_added INTEGER NOT NULL,
    roles_vanished INTEGER NOT NULL,
    error TEXT
) STRICT;
CREATE INDEX discovery_runs_app ON discovery_runs (app_id, started);

CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    held_until INTEGER NOT NULL
) STRICT;

-- `search` holds the folded words that `q` looks through.
CREATE TABLE events (
    published INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    event_type TEXT NOT NULL,
    search TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (published, uuid)
) STRICT;
CREATE INDEX events_type ON events (event_type, published, uuid);

-- The ids that an event is about: its actor's and its targets'.
CREATE TABLE event_subjects (
    subject TEXT NOT NULL,
    published INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    PRIMARY KEY (subject, published, uuid)
) STRICT, WITHOUT ROWID;
