-- The last month of which a value of its own holds: cards are changes, those of the registry bring no reading.
SELECT max(c.day)
FROM card AS c
JOIN unit_at($at) AS u USING (unit_id)
WHERE c.granularity = 4 AND c.readings > 0 AND c.told_at <= $at
    AND ($province_reach IS NULL OR u.province = $province_reach)
    AND ($region_reach IS NULL OR starts_with(u.region, $region_reach))
    AND ($unit_reach IS NULL OR u.credit_code = $unit_reach)
    AND ($provinces IS NULL OR list_contains($provinces, u.province))
    AND ($units IS NULL OR list_contains($units, u.credit_code));
