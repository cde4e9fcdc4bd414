-- The last batch that fits: at least one, and no more rows than asked.
SELECT coalesce(max(id) FILTER (rows_so_far <= $limit OR place = 1), $after) AS upto, coalesce(max(id), $after) AS newest
FROM (
    SELECT id, row_number() OVER (ORDER BY id) AS place,
        sum(accepted + corrected) OVER (ORDER BY id) AS rows_so_far
    FROM batch
    WHERE id > $after
);
