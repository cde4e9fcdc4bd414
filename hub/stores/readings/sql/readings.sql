-- Readings of some points as they were sent.
SELECT r.unit_id, r.point_id, r.start, r.value, r.origin, r.batch_id AS batch,
    EXISTS (
        SELECT 1 FROM verdict AS v
        WHERE v.batch_id = r.batch_id AND v.unit_id = r.unit_id AND v.point_id = r.point_id
            AND v.granularity = r.granularity AND v.start = r.start
    ) AS suspect
FROM said($as_of, $low, $high, $first_unit, $last_unit) AS r
SEMI JOIN asked USING (unit_id, point_id)
WHERE r.granularity = $granularity
ORDER BY r.unit_id, r.point_id, r.start;
