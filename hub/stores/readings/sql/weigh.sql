-- What the sides differ by, in the words of balances.
CREATE OR REPLACE TEMP TABLE energy_change AS
SELECT s.unit_id, p.variety, s.day, s.part,
    sum(CASE s.side WHEN 1 THEN s.value ELSE -s.value END) AS value,
    sum(CASE s.side WHEN 1 THEN s.readings ELSE -s.readings END) AS readings
FROM parts_of('sides') AS s
JOIN point AS p USING (unit_id, point_id)
GROUP BY ALL
HAVING sum(CASE s.side WHEN 1 THEN s.value ELSE -s.value END) <> 0
    OR sum(CASE s.side WHEN 1 THEN s.readings ELSE -s.readings END) <> 0;
