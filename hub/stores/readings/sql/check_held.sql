-- What the registry said is kept in spans that begin before they end, begin and end with a change of the registry, and never
-- say two things of one moment; and each change began or ended one.
WITH spans AS (
    SELECT 'unit ' || unit_id AS what, held_from, held_until,
        max(held_until) OVER (PARTITION BY unit_id ORDER BY held_from ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
    FROM unit_held
    UNION ALL
    SELECT 'unit ' || unit_id || ', point ' || point_id, held_from, held_until,
        max(held_until) OVER (
            PARTITION BY unit_id, point_id ORDER BY held_from ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )
    FROM point_held
    UNION ALL
    SELECT 'coefficient of ' || coalesce('unit ' || c.unit_id || ', ', '') || 'variety ' || c.variety || ', ' || c.basis
            || ', since ' || c.since,
        c.held_from, c.held_until, max(other.held_until)
    FROM coefficient_held AS c
    LEFT JOIN coefficient_held AS other
        ON other.unit_id IS NOT DISTINCT FROM c.unit_id AND other.variety = c.variety AND other.basis = c.basis
        AND other.rowid <> c.rowid AND other.since < c.until AND c.since < other.until AND other.held_from <= c.held_from
        AND other.held_until > c.held_from
    GROUP BY c.rowid, c.unit_id, c.variety, c.basis, c.since, c.held_from, c.held_until
),
bounds AS (
    SELECT held_from AS told_at FROM spans UNION SELECT held_until FROM spans
),
strange AS (
    SELECT told_at FROM bounds ANTI JOIN registry_change USING (told_at) WHERE told_at <> for_ever()
)
SELECT what, held_from || ' to ' || held_until, 'a span that begins before it ends' FROM spans WHERE held_from >= held_until
UNION ALL
SELECT what, held_from || ' to ' || held_until, 'bounds that are changes of the registry'
FROM spans
WHERE held_from IN (FROM strange) OR held_until IN (FROM strange)
UNION ALL
SELECT what, held_from || ' to ' || held_until, 'nothing else said before ' || before FROM spans WHERE before > held_from
UNION ALL
SELECT 'change of the registry', told_at::VARCHAR, 'nothing that began or ended with it'
FROM registry_change ANTI JOIN bounds USING (told_at)
ORDER BY ALL
LIMIT 1000;
