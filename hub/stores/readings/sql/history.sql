-- Everything ever said of some points' periods: who wrote it, when, in which batch, what became of it and why.
WITH known AS (
    SELECT r.* EXCLUDE (unit_day), g.replaced_by,
        CASE WHEN g.replaced_by IS NULL THEN 'holds' ELSE 'replaced' END AS state
    FROM reading AS r
    SEMI JOIN asked USING (unit_id, point_id)
    LEFT JOIN replaced AS g USING (unit_id, point_id, granularity, start, batch_id)
    WHERE r.unit_id >= $first_unit AND r.unit_id <= $last_unit AND r.start >= $low AND r.start < $high
    UNION ALL
    SELECT o.*, NULL, 'outdated'
    FROM outdated AS o
    SEMI JOIN asked USING (unit_id, point_id)
    WHERE o.unit_id >= $first_unit AND o.unit_id <= $last_unit AND o.start >= $low AND o.start < $high
)
SELECT k.unit_id, k.point_id, k.granularity, k.start, k.value, k.origin, make_timestamp(k.version) AS version,
    k.state, k.batch_id AS batch, b.source, b.received_at, k.replaced_by, n.source AS replaced_by_source,
    n.received_at AS replaced_at,
    CASE k.state
        WHEN 'replaced' THEN 'its source said another value under a newer version'
        WHEN 'outdated' THEN 'a newer version was known when it came'
    END AS why
FROM known AS k
JOIN batch AS b ON b.id = k.batch_id
LEFT JOIN batch AS n ON n.id = k.replaced_by
ORDER BY k.unit_id, k.point_id, k.granularity, k.start, k.version, k.batch_id;
