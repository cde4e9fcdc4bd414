-- Readings of some points as they were sent. Verdicts are narrowed and joined as a table of their own: to look for those
-- of each reading costs as much as the readings.
SELECT r.unit_id, r.point_id, r.start, r.value, r.origin, r.batch_id AS batch, v.batch_id IS NOT NULL AS suspect
FROM said($as_of, $low, $high, $first_unit, $last_unit) AS r
SEMI JOIN asked USING (unit_id, point_id)
LEFT JOIN (
    SELECT DISTINCT batch_id, unit_id, point_id, start
    FROM verdict
    WHERE granularity = $granularity AND start >= $low AND start < $high
        AND unit_id >= $first_unit AND unit_id <= $last_unit
) AS v USING (batch_id, unit_id, point_id, start)
WHERE r.granularity = $granularity
ORDER BY r.unit_id, r.point_id, r.start;
