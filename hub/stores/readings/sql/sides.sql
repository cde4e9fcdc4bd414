-- What counts in balances around the changed rows: before (side 0) and after (side 1).
CREATE OR REPLACE TEMP TABLE sides AS
WITH near AS (
    SELECT h.*
    FROM held AS h
    SEMI JOIN (SELECT unit_id, point_id, month_of(day) AS month FROM changed) AS c
        ON c.unit_id = h.unit_id AND c.point_id = h.point_id AND c.month = month_of(h.day)
)
SELECT 0 AS side, unit_id, point_id, granularity, day, start, value, origin, batch_id FROM near
UNION ALL
SELECT 1 AS side, unit_id, point_id, granularity, day, start, value, origin, batch_id
FROM near
ANTI JOIN (SELECT * FROM changed WHERE sign < 0) AS gone USING (unit_id, point_id, granularity, start)
UNION ALL
SELECT 1 AS side, unit_id, point_id, granularity, day, start, value, origin, batch_id
FROM changed
WHERE sign > 0;
