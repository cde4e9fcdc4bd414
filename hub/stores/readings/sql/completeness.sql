-- Slots due and slots received, from what units owe and from their cards: every accepted point owes each slot of its
-- own granularity on every finished day since it began, a monthly one its slot when the month is over; years are not
-- owed. A slot counts once however often it was sent, so received never passes due.
WITH placed AS (
    SELECT unit_id,
        CASE WHEN $by_province THEN province END AS province,
        CASE WHEN $by_city THEN city END AS city,
        CASE WHEN $by_county THEN region END AS county,
        CASE WHEN $by_section THEN section END AS section,
        CASE WHEN $by_tier THEN tier END AS tier,
        CASE WHEN $by_unit THEN credit_code END AS unit
    FROM unit_at($at)
    WHERE ($province_reach IS NULL OR province = $province_reach)
        AND ($region_reach IS NULL OR starts_with(region, $region_reach))
        AND ($unit_reach IS NULL OR credit_code = $unit_reach)
        AND ($provinces IS NULL OR list_contains($provinces, province))
        AND ($units IS NULL OR list_contains($units, credit_code))
),
calendar AS (
    SELECT CAST(day AS DATE) AS day FROM range($first_day, $end_day, INTERVAL 1 DAY) AS d (day)
),
owed AS (
    SELECT o.unit_id, c.day, o.slots AS due, 0 AS received, 0 AS on_time
    FROM owing_at($at) AS o
    JOIN calendar AS c
        ON is_due(c.day, o.since, o.until, NULL, NULL)
        AND (o.granularity <= 3 OR (day(c.day) = 1 AND last_day(c.day) < CAST($end_day AS DATE)))
),
came AS (
    SELECT unit_id, day, 0 AS due, due AS received, on_time
    FROM card
    WHERE told_at <= $at AND day >= $first_day AND day < $end_day
        AND (granularity <= 3 OR (granularity = 4 AND last_day(day) < CAST($end_day AS DATE)))
)
SELECT p.province, p.city, p.county, p.section, p.tier, p.unit, NULL AS kind, NULL AS variety,
    CASE WHEN $by_day THEN s.day END AS day,
    CASE WHEN $by_month THEN month_name(s.day) END AS month,
    CASE WHEN $by_quarter THEN quarter_name(s.day) END AS quarter,
    CASE WHEN $by_year THEN year_name(s.day) END AS year,
    CAST(sum(s.due) AS BIGINT) AS due, CAST(sum(s.received) AS BIGINT) AS received,
    CAST(sum(s.on_time) AS BIGINT) AS on_time
FROM (FROM owed UNION ALL FROM came) AS s
JOIN placed AS p USING (unit_id)
GROUP BY ALL
HAVING sum(s.due) > 0
ORDER BY ALL NULLS FIRST;
