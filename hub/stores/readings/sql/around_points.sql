-- The rows that hold of the points and days reached. Before they are compared one by one, the scan itself lets few other
-- units' days pass (hub/stores/readings/unit_days.py); as part of a larger query DuckDB would do that after the scan. It is
-- one condition on one column, as two of them would be tried on every row.
WITH near AS MATERIALIZED (
    SELECT CAST(r.unit_day & 4294967295 AS INTEGER) AS unit_id, r.point_id, r.granularity,
        DATE '1970-01-01' + CAST(r.unit_day >> 32 AS INTEGER) AS day, r.start, r.value, r.origin, r.batch_id, r.version
    FROM reading AS r
    SEMI JOIN reached USING (unit_day, point_id)
    WHERE r.day >= $first_known AND r.day <= $last_known AND r.unit_id >= $first_unit AND r.unit_id <= $last_unit
        AND CASE WHEN get_bit(CAST($sieve_1 AS BIT), CAST(r.unit_day % $size_1 AS INTEGER)) = 1 THEN
            CASE WHEN get_bit(CAST($sieve_2 AS BIT), CAST(r.unit_day % $size_2 AS INTEGER)) = 1 THEN
                CASE WHEN get_bit(CAST($sieve_3 AS BIT), CAST(r.unit_day % $size_3 AS INTEGER)) = 1 THEN
                    CASE WHEN get_bit(CAST($sieve_4 AS BIT), CAST(r.unit_day % $size_4 AS INTEGER)) = 1 THEN
                        get_bit(CAST($sieve_5 AS BIT), CAST(r.unit_day % $size_5 AS INTEGER)) = 1
                    ELSE FALSE END
                ELSE FALSE END
            ELSE FALSE END
        ELSE FALSE END
)
FROM holding('near', $first_known, $last_known, $first_unit, $last_unit);
