-- The same by kind or variety, which cards do not tell apart: from the points themselves and what was said of each.
WITH owed AS (
    SELECT u.unit_id, p.point_id, u.province, u.city, u.region, u.section, u.tier, u.credit_code, p.kind,
        p.variety, p.granularity, CAST(d.day AS DATE) AS day,
        slots_of(p.granularity) AS slots
    FROM unit_at($at) AS u
    JOIN point_at($at) AS p USING (unit_id)
    JOIN range($first_day, $end_day, INTERVAL 1 DAY) AS d (day) ON is_due(d.day, p.since, p.until, p.waived_from, p.waived_until)
    WHERE p.state <> 'proposed'
        AND (p.granularity <= 3 OR (p.granularity = 4 AND day(d.day) = 1 AND last_day(d.day) < CAST($end_day AS DATE)))
        AND ($province_reach IS NULL OR u.province = $province_reach)
        AND ($region_reach IS NULL OR starts_with(u.region, $region_reach))
        AND ($unit_reach IS NULL OR u.credit_code = $unit_reach)
        AND ($provinces IS NULL OR list_contains($provinces, u.province))
        AND ($units IS NULL OR list_contains($units, u.credit_code))
),
first AS (
    SELECT r.unit_id, r.point_id, r.granularity, r.day, r.start, min(b.received_at) AS came
    FROM reading AS r
    JOIN batch AS b ON b.id = r.batch_id
    LEFT JOIN taken_back_by($as_of) AS t USING (unit_id, point_id, granularity, start)
    WHERE (t.taken_by IS NULL OR r.batch_id > t.taken_by) AND r.batch_id <= $as_of AND r.day >= $first_day AND r.day < $end_day
    GROUP BY ALL
),
came AS (
    SELECT unit_id, point_id, granularity, day, count(*) AS slots,
        count(*) FILTER (came < deadline(granularity, day)) AS on_time
    FROM first
    GROUP BY ALL
)
SELECT
    CASE WHEN $by_province THEN owed.province END AS province,
    CASE WHEN $by_city THEN owed.city END AS city,
    CASE WHEN $by_county THEN owed.region END AS county,
    CASE WHEN $by_section THEN owed.section END AS section,
    CASE WHEN $by_tier THEN owed.tier END AS tier,
    CASE WHEN $by_unit THEN owed.credit_code END AS unit,
    CASE WHEN $by_kind THEN owed.kind END AS kind,
    CASE WHEN $by_variety THEN owed.variety END AS variety,
    CASE WHEN $by_day THEN owed.day END AS day,
    CASE WHEN $by_month THEN month_name(owed.day) END AS month,
    CASE WHEN $by_quarter THEN quarter_name(owed.day) END AS quarter,
    CASE WHEN $by_year THEN year_name(owed.day) END AS year,
    CAST(sum(owed.slots) AS BIGINT) AS due,
    CAST(coalesce(sum(came.slots), 0) AS BIGINT) AS received,
    CAST(coalesce(sum(came.on_time), 0) AS BIGINT) AS on_time
FROM owed
LEFT JOIN came USING (unit_id, point_id, granularity, day)
GROUP BY ALL
ORDER BY ALL NULLS FIRST;
