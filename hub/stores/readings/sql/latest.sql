-- The last value of each point asked for, of whatever granularity; of several that begin together the finest.
WITH last AS (
    SELECT r.unit_id, r.point_id, r.granularity, r.start, r.value, r.origin, r.batch_id AS batch
    FROM said($as_of, $low, $high, $first_unit, $last_unit) AS r
    SEMI JOIN asked USING (unit_id, point_id)
    QUALIFY row_number() OVER (PARTITION BY r.unit_id, r.point_id ORDER BY r.start DESC, r.granularity) = 1
)
SELECT l.*,
    EXISTS (
        SELECT 1 FROM verdict AS v
        WHERE v.batch_id = l.batch AND v.unit_id = l.unit_id AND v.point_id = l.point_id
            AND v.granularity = l.granularity AND v.start = l.start
    ) AS suspect
FROM last AS l
ORDER BY l.unit_id, l.point_id;
