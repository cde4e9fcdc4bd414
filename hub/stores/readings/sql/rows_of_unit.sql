-- One unit's rows that were said at a granularity, whether or not they still held then. The points are compared with two
-- columns so that DuckDB does it after the scan, for the unit's few rows: in the scan it would try it on every row.
SELECT unit_id, point_id, start, value, origin, batch_id AS batch
FROM reading
WHERE batch_id <= $as_of AND start >= $low AND start < $high AND unit_id = $unit AND granularity = $granularity
    AND point_id - unit_id BETWEEN $first_point - $unit AND $last_point - $unit;
