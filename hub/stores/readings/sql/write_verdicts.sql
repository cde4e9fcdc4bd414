-- Verdicts stand with the value they were given on; a duplicate's were written when it first came.
INSERT INTO verdict
SELECT v.id, v.batch_id, v.unit_id, v.point_id, v.granularity, v.start, v.rule, v.detail
FROM judged AS v
ANTI JOIN unkept AS u USING (batch_id, row);
