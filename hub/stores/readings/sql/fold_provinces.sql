-- What provinces were told by batches on one finished Beijing day, between two changes of the registry, becomes one row a
-- key: an earlier moment of that stretch takes the rest from the units' own rows. What a change of the registry told
-- stays by itself, for no unit's row may stand for it; and nothing is folded across one.
CREATE OR REPLACE TEMP TABLE folding AS
WITH told AS (
    SELECT DISTINCT told_at FROM province_energy
    WHERE told_at < $before AND told_at NOT IN (SELECT told_at FROM registry_change)
)
SELECT t.told_at, max(t.told_at) OVER stretch AS folded_at
FROM told AS t
ASOF LEFT JOIN registry_change AS c ON t.told_at >= c.told_at
WINDOW stretch AS (PARTITION BY beijing_day(t.told_at), c.told_at)
QUALIFY count(*) OVER stretch > 1;
CREATE OR REPLACE TEMP TABLE folded AS
SELECT p.province, p.variety, p.own_unit, p.day, p.part, f.folded_at, sum(p.value) AS value, sum(p.readings) AS readings
FROM province_energy AS p
JOIN folding AS f USING (told_at)
GROUP BY ALL;
DELETE FROM province_energy WHERE told_at IN (SELECT told_at FROM folding);
INSERT INTO province_energy FROM folded;
