-- Of each unit the first and the last value that has a verdict or was replaced.
WITH marked AS (
    SELECT unit_id, start FROM replaced
    UNION ALL
    SELECT unit_id, start FROM verdict
)
SELECT unit_id, min(start) AS start FROM marked GROUP BY unit_id
UNION ALL
SELECT unit_id, max(start) FROM marked GROUP BY unit_id;
