-- Which of one unit's rows of whole days were replaced by then (`gone`), and which have a verdict.
SELECT point_id, start, batch_id AS batch, TRUE AS gone
FROM replaced
WHERE replaced_by <= $as_of AND start >= $low AND start < $high AND unit_id = $unit AND granularity = 3
UNION ALL
SELECT point_id, start, batch_id, FALSE
FROM verdict
WHERE batch_id <= $as_of AND start >= $low AND start < $high AND unit_id = $unit AND granularity = 3;
