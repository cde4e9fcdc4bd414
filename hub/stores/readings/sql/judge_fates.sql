-- What becomes of each row. `new` and `newer` become current, `confirmed` is the same value said again by a
-- newer version, `superseded` is history on arrival, `duplicate` was known: the same value, said by this version or
-- a newer one, now or before.
CREATE OR REPLACE TEMP TABLE fate AS
WITH met AS (
    SELECT
        i.*,
        c.unit_id IS NOT NULL AS known,
        c.value = i.value AND c.origin = i.origin AS agrees,
        c.version AS known_version,
        (i.version, i.value, i.origin) > (c.version, c.value, c.origin) AS wins
    FROM incoming AS i
    LEFT JOIN (
        SELECT * FROM reading
        WHERE start >= $low AND start <= $high AND unit_id >= $first_unit AND unit_id <= $last_unit
    ) AS c USING (unit_id, point_id, granularity, start)
),
first_guess AS (
    SELECT
        *,
        CASE
            WHEN copy > 1 THEN 'duplicate'
            WHEN known AND agrees AND place = 1 AND versioned AND version > known_version THEN 'confirmed'
            WHEN known AND agrees AND (place = 1 OR NOT versioned OR version <= known_version) THEN 'duplicate'
            WHEN place > 1 AND value = top_value AND origin = top_origin THEN 'duplicate'
            WHEN place > 1 THEN 'superseded'
            WHEN NOT known THEN 'new'
            WHEN wins THEN 'newer'
            ELSE 'superseded'
        END AS guess
    FROM met
)
SELECT
    * EXCLUDE (guess),
    CASE
        WHEN guess = 'superseded' AND EXISTS (
            SELECT 1 FROM reading_rev AS r
            WHERE r.start >= $low AND r.start <= $high
                AND r.unit_id = g.unit_id AND r.point_id = g.point_id
                AND r.granularity = g.granularity AND r.start = g.start
                AND r.value = g.value AND r.origin = g.origin
                AND (NOT g.versioned OR r.version >= g.version)
        ) THEN 'duplicate'
        ELSE guess
    END AS fate
FROM first_guess AS g;
