-- Spans of more than a day in which nothing came from a unit that reports to this hub itself: no batch of its own client, no
-- reading, no sign of its device or probe. A day and an hour: what is sent each night is not sent at the same second.
WITH direct_units AS (
    SELECT u.unit_id, d.unit, min(d.since) AS since
    FROM direct AS d
    JOIN unit_at($at) AS u ON u.credit_code = d.unit
    WHERE u.unit_id >= $first_unit AND u.unit_id <= $last_unit
    GROUP BY ALL
),
signs AS (
    SELECT unit_id, greatest(since, $early) AS begins, greatest(since, $early) AS ends FROM direct_units
    UNION ALL
    SELECT unit_id, $now, $now FROM direct_units
    UNION ALL
    SELECT DISTINCT c.unit_id, c.told_at, c.told_at
    FROM card AS c
    SEMI JOIN direct_units USING (unit_id)
    WHERE c.readings <> 0 AND c.told_at <= $at AND c.told_at >= $early
    UNION ALL
    SELECT u.unit_id, b.received_at, b.received_at
    FROM batch AS b
    JOIN direct AS d ON d.source = b.source
    JOIN direct_units AS u ON u.unit = d.unit
    WHERE b.id <= $as_of AND b.received_at >= $early
    UNION ALL
    SELECT u.unit_id, h.begins, h.ends FROM heard AS h JOIN direct_units AS u USING (unit)
),
gaps AS (
    SELECT unit_id, begins AS ends,
        max(ends) OVER (
            PARTITION BY unit_id ORDER BY begins, ends ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS begins
    FROM signs
)
SELECT u.unit, g.begins, g.ends
FROM gaps AS g
JOIN direct_units AS u USING (unit_id)
WHERE g.ends - g.begins > INTERVAL 25 HOUR AND g.begins >= u.since AND g.begins < $high AND g.ends > $low
ORDER BY ALL;
