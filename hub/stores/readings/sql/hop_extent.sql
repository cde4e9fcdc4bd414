-- Between which numbers the units of a question lie, and how many points they have.
SELECT coalesce(min(u.unit_id), 0), coalesce(max(u.unit_id), -1), count(p.point_id)
FROM unit_at($at) AS u
LEFT JOIN point_at($at) AS p USING (unit_id)
WHERE ($province_reach IS NULL OR u.province = $province_reach)
    AND ($region_reach IS NULL OR starts_with(u.region, $region_reach))
    AND ($unit_reach IS NULL OR u.credit_code = $unit_reach)
    AND ($provinces IS NULL OR list_contains($provinces, u.province))
    AND ($units IS NULL OR list_contains($units, u.credit_code));
