-- The same where only readings of one day count: the last batch that says any of them and fits.
SELECT coalesce(max(id) FILTER (rows_so_far <= $limit OR place = 1), $after) AS upto, coalesce(max(id), $after) AS newest
FROM (
    SELECT last_batch AS id, row_number() OVER (ORDER BY last_batch) AS place,
        sum(count(*)) OVER (ORDER BY last_batch) AS rows_so_far
    FROM untold($after, $last)
    WHERE day = $day
    GROUP BY last_batch
);
