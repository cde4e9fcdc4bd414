-- The rows that hold of the points and days reached, with the newest version their source said them under.
WITH gone AS (
    SELECT unit_id, point_id, granularity, start, batch_id
    FROM replaced
    WHERE day >= $first_known AND day <= $last_known AND unit_id >= $first_unit AND unit_id <= $last_unit
),
again AS (
    SELECT unit_id, point_id, granularity, start, batch_id, max(version) AS version
    FROM confirmed
    WHERE day >= $first_known AND day <= $last_known AND unit_id >= $first_unit AND unit_id <= $last_unit
    GROUP BY ALL
)
SELECT r.unit_id, r.point_id, r.granularity, r.day, r.start, r.value, r.origin, r.batch_id,
    greatest(r.version, again.version) AS version
FROM reading AS r
SEMI JOIN reached USING (unit_id, point_id, day)
ANTI JOIN gone USING (unit_id, point_id, granularity, start, batch_id)
LEFT JOIN again USING (unit_id, point_id, granularity, start, batch_id)
WHERE r.day >= $first_known AND r.day <= $last_known AND r.unit_id >= $first_unit AND r.unit_id <= $last_unit;
