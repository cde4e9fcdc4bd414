-- Energy used by plants as a whole (scope 1, the uses that count as consumption), grouped as asked. A dimension
-- that was not asked for is null in every row; a month said as a whole lies on no day, so its day is null too. Quantities add up only within one variety, so the variety's
-- native unit is null where several were summed; coal equivalents always add up.
WITH own AS MATERIALIZED (
    SELECT unit_id, point_id, month, value
    FROM own_month($as_of, $low, $high, 0, 2147483647)
),
spent AS (
    SELECT d.unit_id, d.point_id, d.day, false AS of_month, d.value, d.readings
    FROM day_value($as_of, $low, $high, 0, 2147483647) AS d
    ANTI JOIN own ON own.unit_id = d.unit_id AND own.point_id = d.point_id AND own.month = month_of(d.day)
    UNION ALL
    SELECT unit_id, point_id, month AS day, true AS of_month, value, 1 AS readings FROM own
),
placed AS (
    SELECT
        CASE WHEN $by_province THEN u.province END AS province,
        CASE WHEN $by_city THEN u.city END AS city,
        CASE WHEN $by_section THEN u.section END AS section,
        CASE WHEN $by_tier THEN u.tier END AS tier,
        CASE WHEN $by_unit THEN u.credit_code END AS unit,
        CASE WHEN $by_kind THEN p.kind END AS kind,
        CASE WHEN $by_variety THEN p.variety END AS variety,
        CASE WHEN $by_day AND NOT s.of_month THEN s.day END AS day,
        CASE WHEN $by_month THEN strftime(s.day, '%Y-%m') END AS month,
        p.variety AS of_variety, own.tce AS own_tce, reference.tce AS reference_tce,
        coalesce(own.edition, reference.edition) AS edition, s.value, s.readings
    FROM spent AS s
    JOIN point AS p USING (unit_id, point_id)
    JOIN unit AS u USING (unit_id)
    LEFT JOIN coefficient AS own
        ON own.unit_id = s.unit_id AND own.variety = p.variety AND own.basis = $basis
        AND own.since <= s.day AND s.day < own.until
    LEFT JOIN coefficient AS reference
        ON reference.unit_id IS NULL AND reference.variety = p.variety AND reference.basis = $basis
        AND reference.since <= s.day AND s.day < reference.until
    WHERE p.scope = 1 AND p.kind IS NOT NULL AND p.state <> 'proposed'
        AND list_contains($uses, substr(p.data_code, 15, 2))
        AND ($province_reach IS NULL OR u.province = $province_reach)
        AND ($region_reach IS NULL OR starts_with(u.region, $region_reach))
        AND ($unit_reach IS NULL OR u.credit_code = $unit_reach)
        AND ($provinces IS NULL OR list_contains($provinces, u.province))
        AND ($tiers IS NULL OR list_contains($tiers, u.tier))
        AND ($units IS NULL OR list_contains($units, u.credit_code))
        AND ($kinds IS NULL OR list_contains($kinds, p.kind))
),
summed AS (
    SELECT province, city, section, tier, unit, kind, variety, day, month, of_variety, edition,
        coalesce(own_tce, reference_tce) AS tce_each, sum(value) AS quantity, sum(readings) AS readings
    FROM placed
    GROUP BY ALL
)
SELECT
    province, city, section, tier, unit, kind, variety, day, month,
    CASE WHEN count(DISTINCT of_variety) = 1 THEN any_value(v.native_unit) END AS measure,
    CASE WHEN count(DISTINCT of_variety) = 1 THEN sum(quantity) END AS quantity,
    sum(CAST(quantity AS DECIMAL(24, 4)) * tce_each) AS tce,
    CAST(sum(readings) FILTER (tce_each IS NULL) AS BIGINT) AS without_coefficient,
    string_agg(DISTINCT edition, '; ' ORDER BY edition) AS edition,
    CAST(sum(readings) AS BIGINT) AS readings
FROM summed
JOIN variety AS v ON v.code = of_variety
GROUP BY ALL
ORDER BY ALL NULLS FIRST;
