-- What provinces were told of the units concerned, under what was known of them.
CREATE OR REPLACE TEMP TABLE told_before AS
SELECT u.province, e.variety, own.unit_id AS own_unit, e.day, e.part, -sum(e.value) AS value, -sum(e.readings) AS readings
FROM energy AS e
SEMI JOIN concerned USING (unit_id)
JOIN unit AS u USING (unit_id)
LEFT JOIN own_coefficient AS own ON own.unit_id = e.unit_id AND own.variety = e.variety
GROUP BY ALL;
