SELECT batch_id, count(DISTINCT (unit_id, point_id, granularity, start)) AS suspect
FROM verdict
WHERE batch_id >= $first_batch
GROUP BY batch_id;
