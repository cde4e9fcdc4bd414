-- How fresh each province is in some Beijing days: the last of them with a reading, and when the last was told:
-- a change of the registry makes cards too, but none with lanes.
SELECT u.province, max(c.day) FILTER (c.readings > 0) AS last_day,
    max(c.told_at) FILTER (c.lane_a <> 0 OR c.lane_b <> 0) AS told_at
FROM card AS c
JOIN unit_at($at) AS u USING (unit_id)
WHERE c.told_at <= $at AND c.day >= $first_day AND c.day <= $last_day
    AND ($province_reach IS NULL OR u.province = $province_reach)
    AND ($region_reach IS NULL OR starts_with(u.region, $region_reach))
    AND ($unit_reach IS NULL OR u.credit_code = $unit_reach)
    AND ($provinces IS NULL OR list_contains($provinces, u.province))
GROUP BY ALL
ORDER BY ALL;
