-- The digests of a unit's days, by data code.
SELECT day, data_code, readings, total, lane_a, lane_b
FROM digest
WHERE unit = :unit AND day >= :first AND day <= :last;
