-- What the points of a unit owe, summed over those of one granularity that began and end together.
CREATE OR REPLACE TEMP TABLE owing_now AS
SELECT unit_id, granularity, since, until,
    CAST(sum(slots_of(granularity)) AS INTEGER) AS slots
FROM owing_spans('point')
GROUP BY ALL;
UPDATE owing_held AS h SET held_until = $at
WHERE held_until = for_ever()
    AND NOT EXISTS (
        SELECT 1 FROM owing_now AS n
        WHERE n.unit_id = h.unit_id AND n.granularity = h.granularity AND n.since = h.since
            AND n.until IS NOT DISTINCT FROM h.until AND n.slots = h.slots
    );
INSERT INTO owing_held
SELECT n.*, $at, for_ever()
FROM (
    FROM owing_now EXCEPT
    SELECT * EXCLUDE (held_from, held_until) FROM owing_held WHERE held_until = for_ever()
) AS n;
