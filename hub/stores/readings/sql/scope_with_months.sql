-- The cards known already that what came may change or depends on: those of its days in any finer granularity, and
-- where a unit has a month's own value, all of that month.
WITH monthly AS (
    SELECT unit_id, day FROM card
    WHERE granularity = 4 AND day >= $first_month AND day <= $last_day
        AND unit_id >= $first_unit AND unit_id <= $last_unit
    UNION
    SELECT unit_id, day FROM touched WHERE granularity = 4
),
month_asked AS (
    SELECT unit_id, day FROM monthly
    SEMI JOIN (SELECT unit_id, month_of(day) AS day FROM touched) AS t USING (unit_id, day)
)
SELECT DISTINCT unit_id, granularity, day
FROM (
    SELECT c.unit_id, c.granularity, c.day
    FROM card AS c
    SEMI JOIN (SELECT unit_id, day FROM touched WHERE granularity <= 3) AS t USING (unit_id, day)
    WHERE c.granularity <= 3 AND c.day >= $first_day AND c.day <= $last_day
        AND c.unit_id >= $first_unit AND c.unit_id <= $last_unit
    UNION ALL
    SELECT c.unit_id, c.granularity, c.day
    FROM card AS c
    SEMI JOIN touched AS t USING (unit_id, granularity, day)
    WHERE c.granularity >= 4 AND c.day >= $first_day AND c.day <= $last_day
    UNION ALL
    SELECT c.unit_id, c.granularity, c.day
    FROM card AS c
    JOIN month_asked AS m ON m.unit_id = c.unit_id AND m.day = month_of(c.day)
    WHERE c.granularity <= 4 AND c.day >= $first_month AND c.day <= last_day($last_day)
);
