-- What the sides make of the units concerned, less what was told of them.
INSERT INTO energy
SELECT unit_id, variety, day, part, $at, sum(value), sum(readings)
FROM (
    SELECT unit_id, variety, day, part, value, readings FROM energy_change
    UNION ALL
    SELECT unit_id, variety, day, part, -value, -readings
    FROM energy
    SEMI JOIN (SELECT unit_id FROM concerned WHERE anew) AS a USING (unit_id)
)
GROUP BY ALL
HAVING sum(value) <> 0 OR sum(readings) <> 0;
