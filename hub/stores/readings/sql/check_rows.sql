-- All that was ever written of the units looked at, with what replaced it; and of it what holds.
CREATE OR REPLACE TEMP TABLE written AS
SELECT 0 AS side, r.*, g.replaced_by
FROM reading AS r
SEMI JOIN chosen USING (unit_id)
LEFT JOIN (
    SELECT unit_id, point_id, granularity, start, batch_id, replaced_by
    FROM replaced
    WHERE unit_id >= $first_unit AND unit_id <= $last_unit
) AS g USING (unit_id, point_id, granularity, start, batch_id)
WHERE r.unit_id >= $first_unit AND r.unit_id <= $last_unit;
CREATE OR REPLACE TEMP VIEW checked AS SELECT * EXCLUDE (replaced_by) FROM written WHERE replaced_by IS NULL;
