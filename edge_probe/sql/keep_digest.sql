-- The digest of a data code's day, anew.
INSERT INTO digest (unit, day, data_code, readings, total, lane_a, lane_b)
VALUES (:unit, :day, :data_code, :readings, :total, :lane_a, :lane_b)
ON CONFLICT (unit, day, data_code) DO UPDATE SET
    readings = excluded.readings,
    total = excluded.total,
    lane_a = excluded.lane_a,
    lane_b = excluded.lane_b;
