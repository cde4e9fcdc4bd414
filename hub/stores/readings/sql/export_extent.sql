-- What an export will hold: rows of each granularity and Beijing month, and how many of them belong to no point
-- of the mirrored registry, so that nothing is left out unsaid.
SELECT r.granularity, month_of(beijing_day(r.start)) AS month, count(*) AS rows,
    count(*) FILTER (u.credit_code IS NULL OR p.data_code IS NULL) AS unknown
FROM said($as_of, $low, $high, 0, 2147483647) AS r
LEFT JOIN unit AS u ON u.unit_id = r.unit_id
LEFT JOIN point AS p ON p.unit_id = r.unit_id AND p.point_id = r.point_id
WHERE $units IS NULL OR list_contains($units, u.credit_code)
GROUP BY ALL
ORDER BY ALL;
