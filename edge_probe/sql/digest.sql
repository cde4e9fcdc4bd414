-- The digest of a data code's day.
SELECT readings, total, lane_a, lane_b
FROM digest
WHERE unit = :unit AND day = :day AND data_code = :data_code;
