-- The first and the last number of the units within reach that are asked for.
SELECT min(unit_id), max(unit_id)
FROM unit_at($at)
WHERE ($province_reach IS NULL OR province = $province_reach)
    AND ($region_reach IS NULL OR starts_with(region, $region_reach))
    AND ($unit_reach IS NULL OR credit_code = $unit_reach)
    AND ($provinces IS NULL OR list_contains($provinces, province))
    AND ($units IS NULL OR list_contains($units, credit_code));
