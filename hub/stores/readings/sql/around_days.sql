-- The rows that hold of the units' days reached, whatever the point.
WITH near AS (
    SELECT r.*
    FROM reading AS r
    SEMI JOIN reached USING (unit_id, day)
    WHERE r.day >= $first_known AND r.day <= $last_known AND r.unit_id >= $first_unit AND r.unit_id <= $last_unit
)
FROM holding('near', $first_known, $last_known, $first_unit, $last_unit);
