-- The last batch that fits: at least one, and no more rows than asked; none beyond a last one, where that is given.
WITH again AS (
    SELECT confirmed_by AS id, count(*) AS rows FROM confirmed WHERE confirmed_by > $after GROUP BY ALL
)
SELECT coalesce(max(id) FILTER (rows_so_far <= $limit OR place = 1), $after) AS upto, coalesce(max(id), $after) AS newest
FROM (
    SELECT b.id, row_number() OVER (ORDER BY b.id) AS place,
        sum(b.accepted + b.corrected + coalesce(a.rows, 0)) OVER (ORDER BY b.id) AS rows_so_far
    FROM batch AS b
    LEFT JOIN again AS a USING (id)
    WHERE b.id > $after AND ($last IS NULL OR b.id <= $last)
);
