-- The last value of each point asked for, of whatever granularity; of several that begin together the finest.
SELECT r.unit_id, r.point_id, r.granularity, r.start, r.value, r.origin, r.batch_id AS batch
FROM said($as_of, $low, $high, $first_unit, $last_unit) AS r
SEMI JOIN asked USING (unit_id, point_id)
QUALIFY row_number() OVER (PARTITION BY r.unit_id, r.point_id ORDER BY r.start DESC, r.granularity) = 1
ORDER BY r.unit_id, r.point_id;
