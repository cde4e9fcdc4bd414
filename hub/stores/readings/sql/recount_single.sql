-- Of a reading that was written twice one is left; of two that hold, the one of the later batch.
CREATE OR REPLACE TEMP TABLE single AS
SELECT DISTINCT r.* FROM reading AS r SEMI JOIN twice USING (unit_id, point_id, granularity, day, start);
DELETE FROM reading AS r
USING twice AS t
WHERE r.unit_id = t.unit_id AND r.point_id = t.point_id AND r.granularity = t.granularity AND r.day = t.day
    AND r.start = t.start;
INSERT INTO reading FROM single;
CREATE OR REPLACE TEMP TABLE lost AS
SELECT unit_id, point_id, granularity, day, start, batch_id, later AS replaced_by
FROM (
    SELECT s.*, max(batch_id) OVER (PARTITION BY unit_id, point_id, granularity, start) AS later
    FROM single AS s
    ANTI JOIN replaced USING (unit_id, point_id, granularity, start, batch_id)
)
WHERE batch_id < later;
INSERT INTO replaced FROM lost;
FROM lost;
