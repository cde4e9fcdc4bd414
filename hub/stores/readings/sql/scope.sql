-- The cards known already that what came may meet: those of its days, in any finer granularity, and how many rows hold
-- in each.
SELECT c.unit_id, c.granularity, c.day, CAST(sum(c.readings) AS BIGINT) AS readings
FROM card AS c
SEMI JOIN touched USING (unit_id, day)
WHERE c.granularity <= 3 AND c.day >= $first_day AND c.day <= $last_day
    AND c.unit_id >= $first_unit AND c.unit_id <= $last_unit
GROUP BY ALL;
