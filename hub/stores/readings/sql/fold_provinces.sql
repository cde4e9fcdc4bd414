-- Rows of provinces told on one finished Beijing day become one a key: an earlier moment of that day takes the rest
-- from the units' own rows.
CREATE OR REPLACE TEMP TABLE folded AS
SELECT province, variety, own_unit, day, part, max(told_at) OVER (PARTITION BY beijing_day(told_at)) AS told_at,
    value, readings
FROM province_energy
WHERE told_at < $before;
DELETE FROM province_energy WHERE told_at < $before;
INSERT INTO province_energy
SELECT province, variety, own_unit, day, part, told_at, sum(value), sum(readings)
FROM folded
GROUP BY ALL;
