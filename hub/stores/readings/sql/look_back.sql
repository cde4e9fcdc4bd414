-- Of rows that would be history: those that history has already, said by this version or a newer one.
SELECT m.place
FROM maybe AS m
WHERE EXISTS (
    SELECT 1
    FROM (
        SELECT unit_id, point_id, granularity, start, value, origin, version, day FROM outdated
        UNION ALL
        SELECT unit_id, point_id, granularity, start, value, origin, version, day FROM reading
        UNION ALL
        SELECT r.unit_id, r.point_id, r.granularity, r.start, r.value, r.origin, c.version, c.day
        FROM confirmed AS c
        JOIN reading AS r USING (unit_id, point_id, granularity, start, batch_id)
    ) AS past
    WHERE past.day >= $first_day AND past.day <= $last_day
        AND past.unit_id >= $first_unit AND past.unit_id <= $last_unit
        AND past.unit_id = m.unit_id AND past.point_id = m.point_id AND past.granularity = m.granularity
        AND past.start = m.start AND past.value = m.value AND past.origin = m.origin
        AND (NOT m.versioned OR past.version >= m.counted_version)
);
