-- What a probe keeps. Moments are RFC 3339 texts in UTC, numbers are exact decimals as text.
CREATE TABLE IF NOT EXISTS about (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- AUTOINCREMENT: a number is never used again, even after every row was thinned out, as platforms know rows by it.
CREATE TABLE IF NOT EXISTS reading (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    unit TEXT NOT NULL,
    data_code TEXT NOT NULL,
    start TEXT NOT NULL,
    value TEXT NOT NULL,
    origin TEXT NOT NULL,
    written_at TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS reading_by_code ON reading (data_code, sequence);
CREATE INDEX IF NOT EXISTS reading_by_start ON reading (data_code, start);

-- What holds of a data code's Beijing day, all of it quarter-hours: the sum in ten-thousandths, the lanes as signed numbers.
CREATE TABLE IF NOT EXISTS digest (
    unit TEXT NOT NULL,
    day TEXT NOT NULL,
    data_code TEXT NOT NULL,
    readings INTEGER NOT NULL,
    total TEXT NOT NULL,
    lane_a INTEGER NOT NULL,
    lane_b INTEGER NOT NULL,
    PRIMARY KEY (unit, day, data_code)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS event (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS counter (
    point TEXT PRIMARY KEY,
    last_at TEXT,
    last_counter TEXT,
    booked_at TEXT,
    booked_counter TEXT,
    held TEXT,
    pieces TEXT
) STRICT;

-- What happened to meters, typed in or detected (`state`): replaced, reset, rolled over, other transformers, calibrated. Figures
-- have the transformers' ratio applied; the total goes by the used ones, none where it does not yet.
CREATE TABLE IF NOT EXISTS meter_event (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    point TEXT NOT NULL,
    kind TEXT NOT NULL,
    at TEXT NOT NULL,
    closing TEXT,
    opening TEXT,
    used_closing TEXT,
    used_opening TEXT,
    state TEXT NOT NULL,
    settled INTEGER NOT NULL DEFAULT 0,
    note TEXT NOT NULL,
    noted_at TEXT NOT NULL
) STRICT;

-- Rows up to `acknowledged` are the platform's own; rows up to `claimed` are on their way to it as one batch.
CREATE TABLE IF NOT EXISTS uplink (
    name TEXT PRIMARY KEY,
    acknowledged INTEGER NOT NULL DEFAULT 0,
    claimed INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Readings behind `acknowledged` that a platform which takes them one by one has already.
CREATE TABLE IF NOT EXISTS taken (
    uplink TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (uplink, sequence)
) STRICT, WITHOUT ROWID;

-- Readings on their way to a platform before its backlog, as one run of numbers.
CREATE TABLE IF NOT EXISTS live (
    uplink TEXT PRIMARY KEY,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What a platform told an uplink and it needs again: an identity, addresses, versions.
CREATE TABLE IF NOT EXISTS platform (
    uplink TEXT PRIMARY KEY,
    said TEXT NOT NULL
) STRICT;

-- What meters used of a data code that is made of several, until all parts of a quarter-hour are there.
CREATE TABLE IF NOT EXISTS part (
    data_code TEXT NOT NULL,
    start TEXT NOT NULL,
    part TEXT NOT NULL,
    value TEXT NOT NULL,
    origin TEXT NOT NULL,
    PRIMARY KEY (data_code, start, part)
) STRICT, WITHOUT ROWID;

-- Readings that a platform refused while it took others: since when, and when they were tried last.
CREATE TABLE IF NOT EXISTS refused (
    uplink TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    since TEXT NOT NULL,
    tried TEXT NOT NULL,
    PRIMARY KEY (uplink, sequence)
) STRICT, WITHOUT ROWID;

-- Readings that go to a platform once more, as it has them no longer as they are kept, each so many microseconds newer than it
-- was written. AUTOINCREMENT: a number is never used again, as platforms know what goes once more by it.
CREATE TABLE IF NOT EXISTS again (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    uplink TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    tick INTEGER NOT NULL,
    UNIQUE (uplink, sequence)
) STRICT;

-- How each platform was compared last: up to when it was, how many days of the unit differ, or why it broke off.
CREATE TABLE IF NOT EXISTS comparison (
    uplink TEXT PRIMARY KEY,
    at TEXT NOT NULL,
    compared_at TEXT,
    differing INTEGER NOT NULL,
    fault TEXT
) STRICT;

-- Data codes' days on which a platform holds something else, with both ends' figures and when that was offered to it.
CREATE TABLE IF NOT EXISTS difference (
    uplink TEXT NOT NULL,
    day TEXT NOT NULL,
    data_code TEXT NOT NULL,
    figures TEXT NOT NULL,
    offered_at TEXT NOT NULL,
    PRIMARY KEY (uplink, day, data_code)
) STRICT, WITHOUT ROWID;

-- Spans of time: the probe ran, it did not, the meter of a data code (or of all, where it is empty) gave nothing. `changed`
-- rises with each change of any of them.
CREATE TABLE IF NOT EXISTS span (
    kind TEXT NOT NULL,
    data_code TEXT NOT NULL,
    begins TEXT NOT NULL,
    ends TEXT NOT NULL,
    what TEXT NOT NULL,
    changed INTEGER NOT NULL,
    PRIMARY KEY (kind, data_code, begins)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS span_by_change ON span (changed);

-- Up to which change of spans each platform was told.
CREATE TABLE IF NOT EXISTS reported (
    uplink TEXT PRIMARY KEY,
    upto INTEGER NOT NULL
) STRICT;
