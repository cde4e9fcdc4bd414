-- All that holds of the units concerned anew and counts in balances.
CREATE OR REPLACE TEMP TABLE sides AS
SELECT 1 AS side, r.unit_id, r.point_id, r.granularity, r.day, r.start, r.value, r.origin, r.batch_id
FROM reading AS r
SEMI JOIN (SELECT unit_id FROM concerned WHERE anew) AS a USING (unit_id)
SEMI JOIN (SELECT unit_id, point_id FROM point WHERE counts) AS p USING (unit_id, point_id)
ANTI JOIN replaced USING (unit_id, point_id, granularity, start, batch_id);
