-- Energy of units as kept and as the readings make it.
WITH counting AS (
    SELECT c.* FROM checked AS c
    SEMI JOIN (SELECT unit_id, point_id FROM point WHERE counts) AS p USING (unit_id, point_id)
),
recomputed AS (
    SELECT s.unit_id, p.variety, s.day, s.part, sum(s.value) AS value, sum(s.readings)::BIGINT AS readings
    FROM parts_of('counting') AS s
    JOIN point AS p USING (unit_id, point_id)
    GROUP BY ALL
),
kept AS (
    SELECT unit_id, variety, day, part, sum(value) AS value, sum(readings)::BIGINT AS readings
    FROM energy
    SEMI JOIN chosen USING (unit_id)
    WHERE unit_id >= $first_unit AND unit_id <= $last_unit
    GROUP BY ALL
    HAVING sum(value) <> 0 OR sum(readings) <> 0
)
SELECT 'unit ' || unit_id || ', variety ' || variety || ', ' || day || ', part ' || part,
    coalesce(k.value || ' of ' || k.readings, 'nothing'), coalesce(r.value || ' of ' || r.readings, 'nothing')
FROM kept AS k
FULL JOIN recomputed AS r USING (unit_id, variety, day, part)
WHERE (k.value, k.readings) IS DISTINCT FROM (r.value, r.readings)
ORDER BY 1
LIMIT 1000;
