-- The readings store. No keys and no indexes: a primary key made the file 13 times larger and ingest 17 times
-- slower; one writer and the commit below keep (unit, point, granularity, start) unique instead.
CREATE TABLE IF NOT EXISTS reading (
    unit_id INTEGER NOT NULL,
    point_id INTEGER NOT NULL,
    granularity TINYINT NOT NULL,
    start TIMESTAMP NOT NULL,
    value DECIMAL(18, 4) NOT NULL,
    version BIGINT NOT NULL,
    origin TINYINT NOT NULL,
    batch_id INTEGER NOT NULL
);

-- What a current value replaced, or a value that came too late to be current (batch_id = replaced_by).
CREATE TABLE IF NOT EXISTS reading_rev (
    unit_id INTEGER NOT NULL,
    point_id INTEGER NOT NULL,
    granularity TINYINT NOT NULL,
    start TIMESTAMP NOT NULL,
    value DECIMAL(18, 4) NOT NULL,
    version BIGINT NOT NULL,
    origin TINYINT NOT NULL,
    batch_id INTEGER NOT NULL,
    replaced_by INTEGER NOT NULL
);

-- The ledger. A batch's row is written last in its transaction: it is the commit mark.
CREATE TABLE IF NOT EXISTS batch (
    id INTEGER NOT NULL,
    source VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    digest VARCHAR NOT NULL,
    received_at TIMESTAMP NOT NULL,
    province VARCHAR, -- these three say who may look at it
    region VARCHAR,
    unit VARCHAR,
    rows INTEGER NOT NULL,
    accepted INTEGER NOT NULL,
    duplicate INTEGER NOT NULL,
    corrected INTEGER NOT NULL,
    superseded INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    suspect INTEGER NOT NULL,
    head VARCHAR NOT NULL
);

CREATE TABLE IF NOT EXISTS rejection (
    id BIGINT NOT NULL,
    batch_id INTEGER NOT NULL,
    row INTEGER NOT NULL,
    code VARCHAR NOT NULL,
    why VARCHAR NOT NULL,
    raw VARCHAR NOT NULL
);

CREATE TABLE IF NOT EXISTS verdict (
    id BIGINT NOT NULL,
    batch_id INTEGER NOT NULL,
    unit_id INTEGER NOT NULL,
    point_id INTEGER NOT NULL,
    granularity TINYINT NOT NULL,
    start TIMESTAMP NOT NULL,
    rule VARCHAR NOT NULL,
    detail VARCHAR NOT NULL
);

-- Mirrors of the registry, so that a balance is one statement.
CREATE TABLE IF NOT EXISTS unit (
    unit_id INTEGER NOT NULL,
    credit_code VARCHAR NOT NULL,
    province VARCHAR NOT NULL,
    city VARCHAR,
    region VARCHAR NOT NULL,
    section VARCHAR NOT NULL,
    tier VARCHAR NOT NULL
);

CREATE TABLE IF NOT EXISTS point (
    unit_id INTEGER NOT NULL,
    point_id INTEGER NOT NULL,
    data_code VARCHAR NOT NULL,
    variety VARCHAR NOT NULL,
    kind VARCHAR,
    scope TINYINT NOT NULL,
    granularity TINYINT NOT NULL,
    since DATE NOT NULL,
    until DATE,
    state VARCHAR NOT NULL
);

-- Spans that never overlap: for any (unit or none, variety, basis) at most one holds on a day.
CREATE TABLE IF NOT EXISTS coefficient (
    unit_id INTEGER,
    variety VARCHAR NOT NULL,
    basis VARCHAR NOT NULL,
    tce DECIMAL(12, 9) NOT NULL,
    edition VARCHAR NOT NULL,
    since DATE NOT NULL,
    until DATE NOT NULL
);

CREATE TABLE IF NOT EXISTS variety (code VARCHAR NOT NULL, native_unit VARCHAR NOT NULL);
