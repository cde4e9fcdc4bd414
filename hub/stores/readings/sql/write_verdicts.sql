-- Verdicts stand with the value they were given on; a duplicate's were written when it first came.
INSERT INTO verdict
SELECT $first_id + row_number() OVER (ORDER BY v.row, v.rule), $batch,
    v.unit_id, v.point_id, v.granularity, v.start, v.rule, v.detail
FROM judged_verdicts AS v
JOIN fate AS f ON f.row = v.row
WHERE f.fate IN ('new', 'newer');
