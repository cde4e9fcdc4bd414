-- Every slot of the period for every point asked for, empty where nothing was said. Months and years are counted in
-- Beijing's calendar.
WITH slot AS (
    SELECT local - INTERVAL 8 HOUR AS start
    FROM range($low + INTERVAL 8 HOUR, $high + INTERVAL 8 HOUR, CAST($step AS INTERVAL)) AS r (local)
)
SELECT a.unit_id, a.point_id, s.start, f.value, f.origin, f.batch, coalesce(f.suspect, false) AS suspect
FROM asked AS a
CROSS JOIN slot AS s
LEFT JOIN series AS f ON f.unit_id = a.unit_id AND f.point_id = a.point_id AND f.start = s.start
ORDER BY a.unit_id, a.point_id, s.start;
