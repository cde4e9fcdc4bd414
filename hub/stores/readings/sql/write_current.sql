MERGE INTO reading AS c
USING (SELECT * FROM fate WHERE fate IN ('new', 'newer', 'confirmed')) AS f
ON c.unit_id = f.unit_id AND c.point_id = f.point_id AND c.granularity = f.granularity AND c.start = f.start
    AND c.start >= $low AND c.start <= $high AND c.unit_id >= $first_unit AND c.unit_id <= $last_unit
WHEN MATCHED AND f.fate = 'newer' THEN
    UPDATE SET value = f.value, version = f.version, origin = f.origin, batch_id = $batch
WHEN MATCHED THEN UPDATE SET version = f.version
WHEN NOT MATCHED THEN
    INSERT (unit_id, point_id, granularity, start, value, version, origin, batch_id)
    VALUES (f.unit_id, f.point_id, f.granularity, f.start, f.value, f.version, f.origin, $batch);
