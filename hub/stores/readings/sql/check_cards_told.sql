-- What each moment told of a card, as kept and as the batch of that moment makes it: what it wrote, less what it replaced.
-- A card whose sums are wrong is named by check_cards.sql; here are those that only add up.
WITH by_batch AS (
    SELECT unit_id, granularity, day, batch_id, count(*) AS readings, sum(value) AS total FROM written GROUP BY ALL
    UNION ALL
    SELECT unit_id, granularity, day, replaced_by, -count(*), -sum(value)
    FROM written
    WHERE replaced_by IS NOT NULL
    GROUP BY ALL
),
recomputed AS (
    SELECT c.unit_id, c.granularity, c.day, b.received_at AS told_at, sum(c.readings)::BIGINT AS readings,
        sum(c.total)::DECIMAL(38, 4) AS total
    FROM by_batch AS c
    JOIN batch AS b ON b.id = c.batch_id
    GROUP BY ALL
),
kept AS (
    SELECT unit_id, granularity, day, told_at, sum(readings)::BIGINT AS readings, sum(total)::DECIMAL(38, 4) AS total
    FROM card
    SEMI JOIN chosen USING (unit_id)
    WHERE unit_id >= $first_unit AND unit_id <= $last_unit
    GROUP BY ALL
)
SELECT 'unit ' || unit_id || ', granularity ' || granularity || ', ' || day || ', told ' || told_at,
    coalesce(k.total, 0) || ' of ' || coalesce(k.readings, 0), coalesce(r.total, 0) || ' of ' || coalesce(r.readings, 0)
FROM kept AS k
FULL JOIN recomputed AS r USING (unit_id, granularity, day, told_at)
WHERE coalesce(k.readings, 0) <> coalesce(r.readings, 0) OR coalesce(k.total, 0) <> coalesce(r.total, 0)
WINDOW card AS (PARTITION BY unit_id, granularity, day)
QUALIFY sum(coalesce(k.readings, 0) - coalesce(r.readings, 0)) OVER card = 0
    AND sum(coalesce(k.total, 0) - coalesce(r.total, 0)) OVER card = 0
ORDER BY 1
LIMIT 1000;
