-- The cards of the days to be counted anew, as their batches make them. `recounted` are the rows with their lanes.
DELETE FROM card AS c
USING damaged AS d
WHERE c.unit_id = d.unit_id AND c.granularity = d.granularity AND c.day = d.day;
INSERT INTO card
SELECT unit_id, granularity, day, told_at, sum(sign), sum(due), sum(on_time), sum(sign * value)::DECIMAL(38, 4),
    (sum(lane_a) % 18446744073709551616)::UBIGINT, (sum(lane_b) % 18446744073709551616)::UBIGINT
FROM recounted
GROUP BY ALL;
CREATE OR REPLACE TEMP TABLE concerned AS SELECT DISTINCT unit_id, TRUE AS anew FROM damaged;
