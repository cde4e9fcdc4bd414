-- Slots due and slots received: every active point owes each slot of its own granularity on every finished day
-- since it began, a monthly one its slot when the month is over; years are not owed. A slot counts once however often
-- it was sent, so received never passes due.
WITH owed AS (
    SELECT u.unit_id, p.point_id, u.province, u.city, u.section, u.tier, u.credit_code, p.kind, p.variety,
        p.granularity, CAST(d.day AS DATE) AS day,
        CASE p.granularity WHEN 1 THEN 96 WHEN 2 THEN 24 ELSE 1 END AS slots
    FROM unit AS u
    JOIN point AS p USING (unit_id)
    JOIN range($first_day, $end_day, INTERVAL 1 DAY) AS d (day)
        ON d.day >= p.since AND (p.until IS NULL OR d.day < p.until)
    WHERE p.state <> 'proposed'
        AND (p.granularity <= 3 OR (p.granularity = 4 AND day(d.day) = 1 AND last_day(d.day) < CAST($end_day AS DATE)))
        AND ($province_reach IS NULL OR u.province = $province_reach)
        AND ($region_reach IS NULL OR starts_with(u.region, $region_reach))
        AND ($unit_reach IS NULL OR u.credit_code = $unit_reach)
        AND ($provinces IS NULL OR list_contains($provinces, u.province))
        AND ($units IS NULL OR list_contains($units, u.credit_code))
),
came AS (
    SELECT unit_id, point_id, granularity, beijing_day(start) AS day, count(*) AS slots
    FROM said($as_of, $low, $high, 0, 2147483647)
    GROUP BY ALL
)
SELECT
    CASE WHEN $by_province THEN owed.province END AS province,
    CASE WHEN $by_city THEN owed.city END AS city,
    CASE WHEN $by_section THEN owed.section END AS section,
    CASE WHEN $by_tier THEN owed.tier END AS tier,
    CASE WHEN $by_unit THEN owed.credit_code END AS unit,
    CASE WHEN $by_kind THEN owed.kind END AS kind,
    CASE WHEN $by_variety THEN owed.variety END AS variety,
    CASE WHEN $by_day THEN owed.day END AS day,
    CASE WHEN $by_month THEN strftime(owed.day, '%Y-%m') END AS month,
    CAST(sum(owed.slots) AS BIGINT) AS due,
    CAST(coalesce(sum(came.slots), 0) AS BIGINT) AS received
FROM owed
LEFT JOIN came USING (unit_id, point_id, granularity, day)
GROUP BY ALL
ORDER BY ALL NULLS FIRST;
