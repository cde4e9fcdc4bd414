-- Energy used by plants as a whole (scope 1, the uses that count as consumption), grouped as asked. A dimension
-- that was not asked for is null in every row; a month said as a whole lies on no day, so its day is null too; its
-- quarter and year are the month's. Quantities add up only within one variety, so the variety's native unit is null
-- where several were summed; coal equivalents always add up. Where nothing tells units apart provinces' own sums answer
-- as far as they go, and units' rows the rest.
WITH settled AS (
    SELECT coalesce(max(told_at), TIMESTAMP '1970-01-01') AS told_at FROM province_energy WHERE told_at <= $at
),
found AS NOT MATERIALIZED (
    SELECT province, NULL AS unit_id, own_unit, variety, day, part, value, readings
    FROM province_energy
    WHERE $of_provinces AND told_at <= $at
    UNION ALL
    SELECT NULL AS province, e.unit_id, e.unit_id AS own_unit, e.variety, e.day, e.part, e.value, e.readings
    FROM energy AS e
    WHERE e.told_at <= $at AND (NOT $of_provinces OR e.told_at > (SELECT s.told_at FROM settled AS s))
),
asked AS (
    FROM days_asked('found', $first_day, $last_day)
),
compared AS (
    FROM asked
    UNION ALL
    FROM days_back(
        1, 'found', $by_day, $same_days, $before_first_day, $before_last_day, $before_months, $before_days
    )
    UNION ALL
    FROM days_back(2, 'found', $by_day, $same_days, $year_before_first_day, $year_before_last_day, 12, 0)
),
placed AS (
    SELECT f.span,
        coalesce(f.province, u.province) AS province,
        CASE WHEN $by_city THEN u.city END AS city,
        CASE WHEN $by_county THEN u.region END AS county,
        CASE WHEN $by_section THEN u.section END AS section,
        CASE WHEN $by_tier THEN u.tier END AS tier,
        CASE WHEN $by_unit THEN u.credit_code END AS unit,
        f.own_unit, f.variety AS of_variety, f.day AS of_day, f.part, f.value, f.readings, f.shown
    FROM query_table($days) AS f
    LEFT JOIN unit_at($at) AS u USING (unit_id)
    WHERE ($region_reach IS NULL OR starts_with(u.region, $region_reach))
        AND ($unit_reach IS NULL OR u.credit_code = $unit_reach)
        AND ($tiers IS NULL OR list_contains($tiers, u.tier))
        AND ($units IS NULL OR list_contains($units, u.credit_code))
),
worth AS (
    SELECT span,
        CASE WHEN $by_province THEN province END AS province,
        city, county, section, tier, unit,
        CASE WHEN $by_kind THEN of_kind END AS kind,
        CASE WHEN $by_variety THEN of_variety END AS variety,
        CASE WHEN $by_day AND part < 2 THEN shown END AS day,
        CASE WHEN $by_month THEN month_name(shown) END AS month,
        CASE WHEN $by_quarter THEN quarter_name(shown) END AS quarter,
        CASE WHEN $by_year THEN year_name(shown) END AS year,
        of_variety, native_unit, edition, tce_each, sum(value) AS value, sum(readings) AS readings
    FROM worth_of('placed', $at, $basis)
    WHERE ($province_reach IS NULL OR province = $province_reach)
        AND ($provinces IS NULL OR list_contains($provinces, province))
        AND ($kinds IS NULL OR list_contains($kinds, of_kind))
    GROUP BY ALL
    HAVING sum(readings) <> 0 OR sum(value) <> 0
),
figure AS (
    SELECT span, province, city, county, section, tier, unit, kind, variety, day, month, quarter, year,
        CASE WHEN min(of_variety) = max(of_variety) THEN any_value(native_unit) END AS measure,
        CASE WHEN min(of_variety) = max(of_variety) THEN sum(value) END AS quantity,
        sum(CAST(value AS DECIMAL(24, 4)) * tce_each) AS tce,
        CAST(sum(readings) FILTER (tce_each IS NULL) AS BIGINT) AS without_coefficient,
        array_to_string(list_sort(list_distinct(list(edition))), '; ') AS edition,
        CAST(sum(readings) AS BIGINT) AS readings
    FROM worth
    GROUP BY ALL
    HAVING sum(readings) <> 0
),
beside AS (
    FROM beside('figure')
),
ranked AS (
    FROM ranked($told, $order, $descending, $first)
)
FROM query_table($shown) ORDER BY ALL NULLS FIRST;
