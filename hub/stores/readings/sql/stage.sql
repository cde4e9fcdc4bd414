-- The batch, one line a row: its place among siblings of its key (1 is the one that may become current) and
-- its place among equal siblings. Without a source version, arrival decides.
CREATE OR REPLACE TEMP TABLE incoming AS
WITH dated AS (
    SELECT
        row, unit_id, point_id, granularity, start, value, origin,
        coalesce(version, $received) AS version, version IS NOT NULL AS versioned
    FROM arrived
)
SELECT
    *,
    row_number() OVER siblings AS place,
    first_value(value) OVER siblings AS top_value,
    first_value(origin) OVER siblings AS top_origin,
    row_number() OVER (
        PARTITION BY unit_id, point_id, granularity, start, value, origin, version ORDER BY row
    ) AS copy
FROM dated
WINDOW siblings AS (
    PARTITION BY unit_id, point_id, granularity, start ORDER BY version DESC, value DESC, origin DESC, row
);
