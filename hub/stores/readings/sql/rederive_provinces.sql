-- What provinces are told of the units concerned now, less what they were told.
INSERT INTO province_energy
SELECT province, variety, own_unit, day, part, $at, sum(value), sum(readings)
FROM (
    FROM told_before
    UNION ALL
    SELECT u.province, e.variety, own.unit_id AS own_unit, e.day, e.part, e.value, e.readings
    FROM energy AS e
    SEMI JOIN concerned USING (unit_id)
    JOIN unit AS u USING (unit_id)
    LEFT JOIN own_coefficient AS own ON own.unit_id = e.unit_id AND own.variety = e.variety
)
GROUP BY ALL
HAVING sum(value) <> 0 OR sum(readings) <> 0;
