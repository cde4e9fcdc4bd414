-- The same where only readings of one day count: the last batch that says any of them and fits. One that several batches
-- said counts in each, for a page that ends between them holds it.
WITH said AS (
    SELECT batch_id AS id FROM reading WHERE batch_id > $after AND batch_id <= $last AND day = $day
    UNION ALL
    SELECT confirmed_by AS id FROM confirmed WHERE confirmed_by > $after AND confirmed_by <= $last AND day = $day
)
SELECT coalesce(max(id) FILTER (rows_so_far <= $limit OR place = 1), $after) AS upto, coalesce(max(id), $after) AS newest
FROM (
    SELECT id, row_number() OVER (ORDER BY id) AS place, sum(count(*)) OVER (ORDER BY id) AS rows_so_far
    FROM said
    GROUP BY id
);
