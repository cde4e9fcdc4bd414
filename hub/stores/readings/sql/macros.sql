-- The Beijing day and month an instant lies in: +08:00, no summer time. The offset stands here and nowhere else in SQL.
CREATE OR REPLACE MACRO beijing_day(moment) AS CAST(moment + INTERVAL 8 HOUR AS DATE);
CREATE OR REPLACE MACRO beijing_midnight(day) AS CAST(day AS TIMESTAMP) - INTERVAL 8 HOUR;
CREATE OR REPLACE MACRO month_of(day) AS CAST(date_trunc('month', day) AS DATE);

-- What was said up to a batch: rows still current, and rows that were current then.
CREATE OR REPLACE MACRO said(as_of, low, high, first_unit, last_unit) AS TABLE
SELECT unit_id, point_id, granularity, start, value, version, origin, batch_id
FROM reading
WHERE batch_id <= as_of AND start >= low AND start < high AND unit_id >= first_unit AND unit_id <= last_unit
UNION ALL
SELECT unit_id, point_id, granularity, start, value, version, origin, batch_id
FROM reading_rev
WHERE batch_id <= as_of AND replaced_by > as_of AND start >= low AND start < high
    AND unit_id >= first_unit AND unit_id <= last_unit;

-- One rule for every period (docs/adr/0012): what finer values make up whole, else its own value, else what there is
-- of finer ones. `slots` counts the quarter-hours a value stands for, so that a part is known as a part.
-- Granularities: 1 quarter-hour, 2 hour, 3 day, 4 month, 5 year.
CREATE OR REPLACE MACRO hour_value(as_of, low, high, first_unit, last_unit) AS TABLE
WITH by_hour AS (
    SELECT
        unit_id, point_id, time_bucket(INTERVAL 1 HOUR, start) AS start, max(batch_id) AS batch_id,
        sum(value) FILTER (granularity = 1) AS parts, count(*) FILTER (granularity = 1) AS parts_n,
        max(value) FILTER (granularity = 2) AS own, max(origin) FILTER (granularity = 2) AS own_origin
    FROM said(as_of, low, high, first_unit, last_unit)
    WHERE granularity <= 2
    GROUP BY unit_id, point_id, time_bucket(INTERVAL 1 HOUR, start)
)
SELECT
    unit_id, point_id, start, batch_id,
    CASE WHEN parts_n = 4 OR own IS NULL THEN parts ELSE own END AS value,
    CASE WHEN parts_n = 4 OR own IS NULL THEN NULL ELSE own_origin END AS own_origin,
    CASE WHEN parts_n = 4 OR own IS NULL THEN parts_n ELSE 4 END AS slots,
    CASE WHEN parts_n = 4 OR own IS NULL THEN parts_n ELSE 1 END AS readings
FROM by_hour;

CREATE OR REPLACE MACRO day_value(as_of, low, high, first_unit, last_unit) AS TABLE
WITH parts AS (
    SELECT unit_id, point_id, beijing_day(start) AS day, max(batch_id) AS batch_id,
        sum(value) AS parts, sum(slots) AS slots, sum(readings) AS readings
    FROM hour_value(as_of, low, high, first_unit, last_unit)
    GROUP BY unit_id, point_id, beijing_day(start)
),
own AS (
    SELECT unit_id, point_id, beijing_day(start) AS day, batch_id, value AS own, origin
    FROM said(as_of, low, high, first_unit, last_unit)
    WHERE granularity = 3
)
SELECT
    unit_id, point_id, day, greatest(parts.batch_id, own.batch_id) AS batch_id,
    CASE WHEN slots = 96 OR own IS NULL THEN parts ELSE own END AS value,
    CASE WHEN slots = 96 OR own IS NULL THEN NULL ELSE origin END AS own_origin,
    CAST(CASE WHEN slots = 96 OR own IS NULL THEN slots ELSE 96 END AS INTEGER) AS slots,
    CAST(CASE WHEN slots = 96 OR own IS NULL THEN readings ELSE 1 END AS BIGINT) AS readings
FROM parts
FULL JOIN own USING (unit_id, point_id, day);

-- The months of points whose own value counts: said for a month that lies inside the period, whose days are not whole.
CREATE OR REPLACE MACRO own_month(as_of, low, high, first_unit, last_unit) AS TABLE
WITH whole_days AS (
    SELECT unit_id, point_id, month_of(day) AS month, count(*) AS days
    FROM day_value(as_of, low, high, first_unit, last_unit)
    WHERE slots = 96
    GROUP BY unit_id, point_id, month_of(day)
)
SELECT m.unit_id, m.point_id, beijing_day(m.start) AS month, m.batch_id, m.value, m.origin
FROM said(as_of, low, high, first_unit, last_unit) AS m
LEFT JOIN whole_days AS d
    ON d.unit_id = m.unit_id AND d.point_id = m.point_id AND d.month = beijing_day(m.start)
WHERE m.granularity = 4
    AND beijing_midnight(beijing_day(m.start) + INTERVAL 1 MONTH) <= high
    AND coalesce(d.days, 0) < day(last_day(beijing_day(m.start)));
