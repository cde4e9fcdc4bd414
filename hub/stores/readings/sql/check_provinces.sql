-- Energy of provinces as kept and as that of their units makes it.
WITH recomputed AS (
    SELECT u.province, e.variety, own.unit_id AS own_unit, e.day, e.part, sum(e.value) AS value,
        sum(e.readings)::BIGINT AS readings
    FROM energy AS e
    JOIN unit AS u USING (unit_id)
    LEFT JOIN own_coefficient AS own ON own.unit_id = e.unit_id AND own.variety = e.variety
    GROUP BY ALL
    HAVING sum(e.value) <> 0 OR sum(e.readings) <> 0
),
kept AS (
    SELECT province, variety, own_unit, day, part, sum(value) AS value, sum(readings)::BIGINT AS readings
    FROM province_energy
    GROUP BY ALL
    HAVING sum(value) <> 0 OR sum(readings) <> 0
)
SELECT 'province ' || coalesce(k.province, r.province) || ', variety ' || coalesce(k.variety, r.variety) || ', '
        || coalesce(k.day, r.day) || ', part ' || coalesce(k.part, r.part),
    coalesce(k.value || ' of ' || k.readings, 'nothing'), coalesce(r.value || ' of ' || r.readings, 'nothing')
FROM kept AS k
FULL JOIN recomputed AS r
    ON r.province = k.province AND r.variety = k.variety AND r.own_unit IS NOT DISTINCT FROM k.own_unit
    AND r.day = k.day AND r.part = k.part
WHERE (k.value, k.readings) IS DISTINCT FROM (r.value, r.readings)
ORDER BY 1
LIMIT 1000;
