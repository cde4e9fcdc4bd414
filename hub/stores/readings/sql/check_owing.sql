-- What units owe as kept and as their points make it: by how much it changed at each moment.
WITH changes AS (
    SELECT unit_id, granularity, since, until, held_from AS moment, slots AS kept, 0 AS recomputed FROM owing_held
    UNION ALL
    SELECT unit_id, granularity, since, until, held_until, -slots, 0 FROM owing_held
    UNION ALL
    SELECT unit_id, granularity, since, until, held_from, 0, slots_of(granularity) FROM owing_spans('point_held')
    UNION ALL
    SELECT unit_id, granularity, since, until, held_until, 0, -slots_of(granularity) FROM owing_spans('point_held')
)
SELECT 'unit ' || unit_id || ', granularity ' || granularity || ', since ' || since || coalesce(' until ' || until, '')
        || ', at ' || moment,
    sum(kept)::VARCHAR, sum(recomputed)::VARCHAR
FROM changes
GROUP BY unit_id, granularity, since, until, moment
HAVING sum(kept) <> sum(recomputed)
ORDER BY 1
LIMIT 1000;
