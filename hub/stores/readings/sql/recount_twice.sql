-- Periods of some units of which more than one reading holds.
SELECT u.credit_code AS unit, r.unit_id, r.point_id, r.granularity, r.day, r.start
FROM said($as_of, $low, $high, $first_unit, $last_unit) AS r
JOIN unit_at($at) AS u USING (unit_id)
WHERE list_contains($units, u.credit_code)
GROUP BY ALL
HAVING count(*) > 1;
