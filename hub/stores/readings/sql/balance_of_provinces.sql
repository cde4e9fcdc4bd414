-- The same where provinces' own sums answer all of it: nothing in the question tells units apart, and no moment
-- between two sums is asked for.
WITH asked AS (
    FROM days_asked('province_energy', $first_day, $last_day)
),
compared AS (
    FROM asked
    UNION ALL
    FROM days_back(
        1, 'province_energy', $by_day, $same_days, $before_first_day, $before_last_day, $before_months, $before_days
    )
    UNION ALL
    FROM days_back(2, 'province_energy', $by_day, $same_days, $year_before_first_day, $year_before_last_day, 12, 0)
),
daily AS (
    SELECT span, CASE WHEN $by_province THEN province END AS province, own_unit, variety AS of_variety, day AS of_day,
        shown, part, sum(value) AS value, sum(readings) AS readings
    FROM query_table($days)
    WHERE told_at <= $at
        AND ($province_reach IS NULL OR province = $province_reach)
        AND ($provinces IS NULL OR list_contains($provinces, province))
    GROUP BY ALL
    HAVING sum(readings) <> 0
),
figure AS (
    SELECT span, province, NULL AS city, NULL AS county, NULL AS section, NULL AS tier, NULL AS unit,
        CASE WHEN $by_kind THEN of_kind END AS kind,
        CASE WHEN $by_variety THEN of_variety END AS variety,
        CASE WHEN $by_day AND part < 2 THEN shown END AS day,
        CASE WHEN $by_month THEN month_name(shown) END AS month,
        CASE WHEN $by_quarter THEN quarter_name(shown) END AS quarter,
        CASE WHEN $by_year THEN year_name(shown) END AS year,
        CASE WHEN min(of_variety) = max(of_variety) THEN any_value(native_unit) END AS measure,
        CASE WHEN min(of_variety) = max(of_variety) THEN sum(value) END AS quantity,
        sum(CAST(value AS DECIMAL(24, 4)) * tce_each) AS tce,
        CAST(sum(readings) FILTER (tce_each IS NULL) AS BIGINT) AS without_coefficient,
        array_to_string(list_sort(list_distinct(list(edition))), '; ') AS edition,
        CAST(sum(readings) AS BIGINT) AS readings
    FROM worth_of('daily', $at, $basis)
    WHERE $kinds IS NULL OR list_contains($kinds, of_kind)
    GROUP BY ALL
),
beside AS (
    FROM beside('figure')
),
ranked AS (
    FROM ranked($told, $order, $descending, $first)
)
FROM query_table($shown) ORDER BY ALL NULLS FIRST;
