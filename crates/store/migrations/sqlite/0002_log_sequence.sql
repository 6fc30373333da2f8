-- The system log gets a number that is given inside the committing transaction: a reader that follows the log by it misses
-- nothing, whenever an entry was published. AUTOINCREMENT: a number is never given again, even after the newest entries
-- were removed.
CREATE TABLE numbered_events (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    published INTEGER NOT NULL,
    uuid TEXT NOT NULL,
    event_type TEXT NOT NULL,
    search TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (published, uuid)
) STRICT;
INSERT INTO numbered_events (published, uuid, event_type, search, body)
    SELECT published, uuid, event_type, search, body FROM events ORDER BY published, uuid;
DROP TABLE events;
ALTER TABLE numbered_events RENAME TO events;
CREATE INDEX events_type ON events (event_type, published, uuid);
