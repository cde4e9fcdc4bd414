-- The rows that hold of all days of all units between two days and two units.
WITH near AS (
    FROM reading
    WHERE day >= $first_known AND day <= $last_known AND unit_id >= $first_unit AND unit_id <= $last_unit
)
FROM holding('near', $first_known, $last_known, $first_unit, $last_unit);
