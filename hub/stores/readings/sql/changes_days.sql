-- What a hub has not seen up to a batch, by the day it speaks of: the newest first.
SELECT t.day, count(*) AS rows
FROM untold($after, $last) AS t
JOIN unit AS u USING (unit_id)
WHERE ($province_reach IS NULL OR u.province = $province_reach)
    AND ($region_reach IS NULL OR starts_with(u.region, $region_reach))
    AND ($unit_reach IS NULL OR u.credit_code = $unit_reach)
GROUP BY t.day
ORDER BY t.day DESC;
