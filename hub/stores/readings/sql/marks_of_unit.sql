-- What is known of one unit's days beside their rows: those of days that were replaced by then (gone), those with a verdict
-- (judged), and one line where anything finer than a day was ever said (finer).
SELECT 'gone' AS mark, point_id, start, batch_id AS batch
FROM replaced
WHERE replaced_by <= $as_of AND start >= $low AND start < $high AND unit_id = $unit AND granularity = 3
UNION ALL
SELECT 'judged', point_id, start, batch_id
FROM verdict
WHERE batch_id <= $as_of AND start >= $low AND start < $high AND unit_id = $unit AND granularity = 3
UNION ALL
SELECT 'finer', 0, $low, 0
FROM (
    SELECT unit_id
    FROM card
    WHERE unit_id = $unit AND granularity < 3 AND day >= beijing_day($low) AND day <= beijing_day($high)
    LIMIT 1
);
