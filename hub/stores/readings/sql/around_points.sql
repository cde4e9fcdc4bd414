-- The rows that hold of the points and days reached. Before they are compared one by one, the scan itself lets few other
-- units' days pass (hub/stores/readings/unit_days.py); as part of a larger query DuckDB would do that after the scan.
WITH near AS MATERIALIZED (
    SELECT r.unit_id, r.point_id, r.granularity, r.day, r.start, r.value, r.origin, r.batch_id, r.version
    FROM reading AS r
    SEMI JOIN reached USING (unit_id, point_id, day)
    WHERE r.day >= $first_known AND r.day <= $last_known AND r.unit_id >= $first_unit AND r.unit_id <= $last_unit
        AND get_bit(CAST($sieve AS BIT), CAST(r.unit_day % $sieve_size AS INTEGER)) = 1
)
FROM holding('near', $first_known, $last_known, $first_unit, $last_unit);
