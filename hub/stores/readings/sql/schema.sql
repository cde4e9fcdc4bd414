-- The readings store. Everything here is only ever added to: a correction writes a new row and a note that the old
-- one is replaced, so that any earlier answer can be asked again. No keys and no indexes: a primary key made the file
-- 13 times larger and ingest 17 times slower; one writer keeps (unit, point, granularity, start) unique among what
-- holds instead. `day` is the Beijing day a period begins on, and `unit_day` the unit and that day in one number: all
-- of a unit's day lie together, so a scan that asks for scattered ones looks at one number for each of them.
CREATE TABLE IF NOT EXISTS reading (
    unit_id INTEGER NOT NULL,
    point_id INTEGER NOT NULL,
    granularity TINYINT NOT NULL,
    day DATE NOT NULL,
    start TIMESTAMP NOT NULL,
    value DECIMAL(18, 4) NOT NULL,
    version BIGINT NOT NULL,
    origin TINYINT NOT NULL,
    batch_id INTEGER NOT NULL,
    unit_day BIGINT NOT NULL -- days since 1970 times 2^32, and the unit
);

-- Which rows of `reading` no longer hold, and since which batch.
CREATE TABLE IF NOT EXISTS replaced (
    unit_id INTEGER NOT NULL,
    point_id INTEGER NOT NULL,
    granularity TINYINT NOT NULL,
    day DATE NOT NULL,
    start TIMESTAMP NOT NULL,
    batch_id INTEGER NOT NULL,
    replaced_by INTEGER NOT NULL
);

-- Of those that were replaced: the ones that were taken back, with nothing in their place.
CREATE TABLE IF NOT EXISTS withdrawn (
    unit_id INTEGER NOT NULL,
    point_id INTEGER NOT NULL,
    granularity TINYINT NOT NULL,
    day DATE NOT NULL,
    start TIMESTAMP NOT NULL,
    batch_id INTEGER NOT NULL,
    withdrawn_by INTEGER NOT NULL
);

-- Values that came when a newer one was known: kept, and never said.
CREATE TABLE IF NOT EXISTS outdated (
    unit_id INTEGER NOT NULL,
    point_id INTEGER NOT NULL,
    granularity TINYINT NOT NULL,
    day DATE NOT NULL,
    start TIMESTAMP NOT NULL,
    value DECIMAL(18, 4) NOT NULL,
    version BIGINT NOT NULL,
    origin TINYINT NOT NULL,
    batch_id INTEGER NOT NULL
);

-- A value its source said again under a newer version: the same row of `reading`, harder to replace, and by which batch.
CREATE TABLE IF NOT EXISTS confirmed (
    unit_id INTEGER NOT NULL,
    point_id INTEGER NOT NULL,
    granularity TINYINT NOT NULL,
    day DATE NOT NULL,
    start TIMESTAMP NOT NULL,
    version BIGINT NOT NULL,
    batch_id INTEGER NOT NULL,
    confirmed_by INTEGER NOT NULL
);

-- The ledger. A batch's row is written last in its transaction: it is the commit mark. `received_at` grows from
-- batch to batch, so that a moment names a state of the store.
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

-- Rollups are what each batch changed, never what it left: a figure is the sum of the changes up to its moment, and
-- now is only the latest of moments. Their exact sums are kept uncompressed: what DuckDB packs 128-bit numbers into takes
-- twenty times as long to read, for a third of a byte a reading.

-- One unit, one granularity, one day: rows that hold, those of them that were due, those that came in time, their
-- exact sum, and two lanes of digest to compare with another store (hub/stores/readings/lanes.py).
CREATE TABLE IF NOT EXISTS card (
    unit_id INTEGER NOT NULL,
    granularity TINYINT NOT NULL,
    day DATE NOT NULL,
    told_at TIMESTAMP NOT NULL,
    readings INTEGER NOT NULL,
    due INTEGER NOT NULL,
    on_time INTEGER NOT NULL,
    total DECIMAL(38, 4) NOT NULL USING COMPRESSION uncompressed,
    lane_a UBIGINT NOT NULL,
    lane_b UBIGINT NOT NULL
);

-- Energy of plants as a whole: part 0 counts on its day, part 1 only where its month is not asked as a whole, part 2
-- is the month's own value and stands on the first.
CREATE TABLE IF NOT EXISTS energy (
    unit_id INTEGER NOT NULL,
    variety VARCHAR NOT NULL,
    day DATE NOT NULL,
    part TINYINT NOT NULL,
    told_at TIMESTAMP NOT NULL,
    value DECIMAL(38, 4) NOT NULL USING COMPRESSION uncompressed,
    readings INTEGER NOT NULL
);

-- The same by province. Units with coefficients of their own stay apart (own_unit), so that a coefficient is always
-- applied when a question is asked. A row sums what the batches of one transaction changed, or all of those of a finished
-- day once it was folded; it is told at the last of their moments, and a moment before takes the rest from `energy`.
CREATE TABLE IF NOT EXISTS province_energy (
    province VARCHAR NOT NULL,
    variety VARCHAR NOT NULL,
    own_unit INTEGER,
    day DATE NOT NULL,
    part TINYINT NOT NULL,
    told_at TIMESTAMP NOT NULL,
    value DECIMAL(38, 4) NOT NULL USING COMPRESSION uncompressed,
    readings INTEGER NOT NULL
);

-- What the registry said, and from when until when it said so: a figure of then takes the units, points and
-- coefficients of then.
CREATE TABLE IF NOT EXISTS unit_held (
    unit_id INTEGER NOT NULL,
    credit_code VARCHAR NOT NULL,
    province VARCHAR NOT NULL,
    city VARCHAR,
    region VARCHAR NOT NULL,
    section VARCHAR NOT NULL,
    tier VARCHAR NOT NULL,
    held_from TIMESTAMP NOT NULL,
    held_until TIMESTAMP NOT NULL
);

CREATE TABLE IF NOT EXISTS point_held (
    unit_id INTEGER NOT NULL,
    point_id INTEGER NOT NULL,
    data_code VARCHAR NOT NULL,
    variety VARCHAR NOT NULL,
    kind VARCHAR,
    scope TINYINT NOT NULL,
    granularity TINYINT NOT NULL,
    since DATE NOT NULL,
    until DATE,
    state VARCHAR NOT NULL,
    counts BOOLEAN NOT NULL, -- whether balances add it up
    adds_up BOOLEAN NOT NULL, -- whether finer values make up coarser ones
    held_from TIMESTAMP NOT NULL,
    held_until TIMESTAMP NOT NULL
);

-- The days on which nothing is owed of a point, because its province granted its unit to add this energy later.
ALTER TABLE point_held ADD COLUMN IF NOT EXISTS waived_from DATE;
ALTER TABLE point_held ADD COLUMN IF NOT EXISTS waived_until DATE;

-- Slots owed by the points of a unit that began and end together, so that what is due is summed over few rows.
CREATE TABLE IF NOT EXISTS owing_held (
    unit_id INTEGER NOT NULL,
    granularity TINYINT NOT NULL,
    since DATE NOT NULL,
    until DATE,
    slots INTEGER NOT NULL,
    held_from TIMESTAMP NOT NULL,
    held_until TIMESTAMP NOT NULL
);

-- Spans that never overlap: for any (unit or none, variety, basis) at most one holds on a day.
CREATE TABLE IF NOT EXISTS coefficient_held (
    unit_id INTEGER,
    variety VARCHAR NOT NULL,
    basis VARCHAR NOT NULL,
    tce DECIMAL(12, 9) NOT NULL,
    edition VARCHAR NOT NULL,
    since DATE NOT NULL,
    until DATE NOT NULL,
    held_from TIMESTAMP NOT NULL,
    held_until TIMESTAMP NOT NULL
);

-- When what the registry says changed, and how many units' rollups followed.
CREATE TABLE IF NOT EXISTS registry_change (told_at TIMESTAMP NOT NULL, units INTEGER NOT NULL);

CREATE TABLE IF NOT EXISTS variety (code VARCHAR NOT NULL, native_unit VARCHAR NOT NULL, kind VARCHAR NOT NULL);

