-- What is known of one unit's values beside their rows: which were replaced by then (gone), which have a verdict (judged).
SELECT 'gone' AS mark, point_id, start, batch_id AS batch
FROM replaced
WHERE replaced_by <= $as_of AND start >= $low AND start < $high AND unit_id = $unit AND granularity = $granularity
UNION ALL
SELECT 'judged', point_id, start, batch_id
FROM verdict
WHERE batch_id <= $as_of AND start >= $low AND start < $high AND unit_id = $unit AND granularity = $granularity;
