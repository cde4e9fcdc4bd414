-- Readings of some points as they were sent.
WITH found AS (
    SELECT r.unit_id, r.point_id, r.granularity, r.start, r.value, r.origin, r.batch_id
    FROM said($as_of, $low, $high, $first_unit, $last_unit) AS r
    SEMI JOIN asked USING (unit_id, point_id)
    WHERE r.granularity = $granularity
    QUALIFY row_number() OVER (PARTITION BY r.unit_id, r.point_id ORDER BY r.start) <= $first OR $first IS NULL
)
SELECT r.unit_id, r.point_id, r.start, r.value, r.origin, r.batch_id AS batch,
    EXISTS (
        SELECT 1 FROM verdict AS v
        WHERE v.batch_id = r.batch_id AND v.unit_id = r.unit_id AND v.point_id = r.point_id
            AND v.granularity = r.granularity AND v.start = r.start
    ) AS suspect
FROM found AS r
ORDER BY r.unit_id, r.point_id, r.start;
