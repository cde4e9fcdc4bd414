-- What was said up to a batch: rows still current, and rows that were current then.
CREATE OR REPLACE MACRO said(as_of, low, high) AS TABLE
SELECT unit_id, point_id, granularity, start, value, version, origin, batch_id
FROM reading
WHERE batch_id <= as_of AND start >= low AND start < high
UNION ALL
SELECT unit_id, point_id, granularity, start, value, version, origin, batch_id
FROM reading_rev
WHERE batch_id <= as_of AND replaced_by > as_of AND start >= low AND start < high;

-- The Beijing day and month an instant lies in: +08:00, no summer time.
CREATE OR REPLACE MACRO beijing_day(moment) AS CAST(moment + INTERVAL 8 HOUR AS DATE);
CREATE OR REPLACE MACRO beijing_month(moment) AS CAST(date_trunc('month', moment + INTERVAL 8 HOUR) AS DATE);

-- One value a point and day: complete quarter-hours first, then complete hours, then the day's own value, then
-- what there is of finer ones. Granularities: 1 quarter-hour, 2 hour, 3 day, 4 month, 5 year.
CREATE OR REPLACE MACRO day_value(as_of, low, high) AS TABLE
WITH by_granularity AS (
    SELECT
        unit_id, point_id, beijing_day(start) AS day, max(batch_id) AS batch_id,
        sum(value) FILTER (granularity = 1) AS quarters, count(*) FILTER (granularity = 1) AS quarters_n,
        sum(value) FILTER (granularity = 2) AS hours, count(*) FILTER (granularity = 2) AS hours_n,
        sum(value) FILTER (granularity = 3) AS days
    FROM said(as_of, low, high)
    WHERE granularity <= 3
    GROUP BY unit_id, point_id, beijing_day(start)
)
SELECT
    unit_id, point_id, day, batch_id,
    CASE
        WHEN quarters_n = 96 THEN quarters
        WHEN hours_n = 24 THEN hours
        ELSE coalesce(days, quarters, hours)
    END AS value,
    CASE
        WHEN quarters_n = 96 THEN quarters_n
        WHEN hours_n = 24 THEN hours_n
        WHEN days IS NOT NULL THEN 1
        ELSE coalesce(nullif(quarters_n, 0), hours_n)
    END AS readings,
    days IS NOT NULL AND quarters_n < 96 AND hours_n < 24 AS sent
FROM by_granularity;

-- A month's own value where no day of it was said at all: a point that reports by month only.
CREATE OR REPLACE MACRO month_only_value(as_of, low, high) AS TABLE
SELECT m.unit_id, m.point_id, beijing_day(m.start) AS day, m.batch_id, m.value, 1 AS readings
FROM said(as_of, low, high) AS m
WHERE m.granularity = 4
    AND NOT EXISTS (
        SELECT 1 FROM said(as_of, low, high) AS d
        WHERE d.unit_id = m.unit_id AND d.point_id = m.point_id AND d.granularity <= 3
            AND beijing_month(d.start) = beijing_month(m.start)
    );
