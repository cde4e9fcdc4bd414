-- Units whose rollups hang on what changes: their province, their points, or coefficients of their own. Only those
-- with readings have any. `anew` tells whose points change, so that their readings are counted anew.
CREATE OR REPLACE TEMP TABLE concerned AS
WITH points_changed AS (
    SELECT unit_id FROM point_gone UNION SELECT unit_id FROM point_come
),
others_changed AS (
    SELECT unit_id FROM unit_gone UNION SELECT unit_id FROM unit_come
    UNION SELECT unit_id FROM coefficient_gone WHERE unit_id IS NOT NULL
    UNION SELECT unit_id FROM coefficient_come WHERE unit_id IS NOT NULL
)
SELECT unit_id, unit_id IN (FROM points_changed) AS anew
FROM (FROM points_changed UNION FROM others_changed)
WHERE unit_id IN (SELECT unit_id FROM card);
