-- Before anything changes: what will be replaced, and what arrived as history.
INSERT INTO reading_rev
SELECT c.unit_id, c.point_id, c.granularity, c.start, c.value, c.version, c.origin, c.batch_id, $batch
FROM reading AS c
JOIN fate AS f USING (unit_id, point_id, granularity, start)
WHERE f.fate = 'newer'
    AND c.start >= $low AND c.start <= $high AND c.unit_id >= $first_unit AND c.unit_id <= $last_unit
UNION ALL
SELECT unit_id, point_id, granularity, start, value, version, origin, $batch, $batch
FROM fate
WHERE fate = 'superseded';
