-- Everything ever said of some points' periods, of all that begin in a stretch or only of those that begin at given
-- moments: who wrote it, when, in which batch, what became of it, and what decided: the greatest (version, value, origin)
-- counts, and arrival is the version of what came without one.
WITH written AS (
    SELECT r.* EXCLUDE (unit_day), g.replaced_by
    FROM reading AS r
    SEMI JOIN asked USING (unit_id, point_id)
    LEFT JOIN replaced AS g USING (unit_id, point_id, granularity, start, batch_id)
    WHERE r.unit_id >= $first_unit AND r.unit_id <= $last_unit AND r.start >= $low AND r.start < $high
        AND r.granularity >= $finest AND r.granularity <= $coarsest
        AND ($starts IS NULL OR list_contains($starts, r.start))
),
again AS (
    SELECT c.*
    FROM confirmed AS c
    SEMI JOIN asked USING (unit_id, point_id)
    WHERE c.unit_id >= $first_unit AND c.unit_id <= $last_unit AND c.start >= $low AND c.start < $high
        AND c.granularity >= $finest AND c.granularity <= $coarsest
        AND ($starts IS NULL OR list_contains($starts, c.start))
),
came AS (
    SELECT w.*, NULL AS confirms,
        CASE
            WHEN w.replaced_by IS NULL THEN 'holds'
            WHEN t.withdrawn_by IS NULL THEN 'replaced'
            ELSE 'withdrawn'
        END AS state
    FROM written AS w
    LEFT JOIN withdrawn AS t
        ON t.unit_id = w.unit_id AND t.point_id = w.point_id AND t.granularity = w.granularity AND t.start = w.start
        AND t.batch_id = w.batch_id AND t.withdrawn_by = w.replaced_by
    UNION ALL
    SELECT o.*, NULL, NULL, 'outdated'
    FROM outdated AS o
    SEMI JOIN asked USING (unit_id, point_id)
    WHERE o.unit_id >= $first_unit AND o.unit_id <= $last_unit AND o.start >= $low AND o.start < $high
        AND o.granularity >= $finest AND o.granularity <= $coarsest
        AND ($starts IS NULL OR list_contains($starts, o.start))
    UNION ALL
    SELECT w.* REPLACE (a.version AS version, a.confirmed_by AS batch_id, NULL AS replaced_by), w.batch_id, 'confirmed'
    FROM written AS w
    JOIN again AS a USING (unit_id, point_id, granularity, start, batch_id)
),
known AS (
    SELECT *, coalesce(replaced_by, batch_id) AS decided_by, row_number() OVER () AS number
    FROM came
),
-- Each value that lost beside the one that held then, both with the newest version they were said under by then.
decided AS (
    SELECT k.number, w.value > k.value AS larger,
        greatest(w.version, max(a.version) FILTER (a.batch_id = w.batch_id)) AS won,
        greatest(k.version, max(a.version) FILTER (a.batch_id = k.batch_id)) AS lost
    FROM known AS k
    JOIN written AS w
        ON w.unit_id = k.unit_id AND w.point_id = k.point_id AND w.granularity = k.granularity AND w.start = k.start
        AND w.batch_id <= k.decided_by AND (w.replaced_by IS NULL OR w.replaced_by > k.decided_by)
    LEFT JOIN again AS a
        ON a.unit_id = k.unit_id AND a.point_id = k.point_id AND a.granularity = k.granularity AND a.start = k.start
        AND a.confirmed_by <= k.decided_by
    WHERE k.state IN ('replaced', 'outdated')
    GROUP BY k.number, k.version, k.value, w.batch_id, w.version, w.value
)
SELECT k.unit_id, k.point_id, k.granularity, k.start, k.value, k.origin, make_timestamp(k.version) AS version,
    k.state, k.batch_id AS batch, b.source, b.received_at, k.confirms, k.replaced_by, n.source AS replaced_by_source,
    n.received_at AS replaced_at,
    CASE
        WHEN d.won > d.lost AND h.id IS NOT NULL THEN 'a later arrival counts'
        WHEN d.won > d.lost THEN 'a later version counts'
        WHEN d.larger THEN 'of one version the larger value counts'
        WHEN NOT d.larger THEN 'of one version and value the origin counts'
    END AS why
FROM known AS k
JOIN batch AS b ON b.id = k.batch_id
LEFT JOIN batch AS n ON n.id = k.replaced_by
LEFT JOIN decided AS d ON d.number = k.number
LEFT JOIN batch AS h ON epoch_us(h.received_at) = d.won AND h.id <= k.decided_by -- what has no version has its arrival
ORDER BY k.unit_id, k.point_id, k.granularity, k.start, k.version, k.batch_id;
