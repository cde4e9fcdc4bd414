SELECT
    count(*) FILTER (fate = 'new') AS accepted,
    count(*) FILTER (fate IN ('duplicate', 'confirmed')) AS duplicate,
    count(*) FILTER (fate = 'newer') AS corrected,
    count(*) FILTER (fate = 'superseded') AS superseded,
    (SELECT count(DISTINCT (unit_id, point_id, granularity, start)) FROM verdict WHERE batch_id = $batch) AS suspect
FROM fate;
