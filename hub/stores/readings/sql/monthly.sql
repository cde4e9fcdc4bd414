-- Months of points that have a value of their own beside the exact sum of what finer values come to on their days, and
-- whose word each of them is. A month is whole where each of its days has values and of its quarter-hours no larger share
-- is missing than may lie between the two; only of whole months it is said whether they lie further apart. A point that
-- owes months alone and has nothing finer is compared with nothing. `shown` names the answer: a page, or how many rows
-- each province has.
WITH placed AS (
    SELECT unit_id, credit_code, province
    FROM unit_at($at)
    WHERE ($province_reach IS NULL OR province = $province_reach)
        AND ($region_reach IS NULL OR starts_with(region, $region_reach))
        AND ($unit_reach IS NULL OR credit_code = $unit_reach)
        AND ($provinces IS NULL OR list_contains($provinces, province))
        AND ($units IS NULL OR list_contains($units, credit_code))
),
asked AS (
    SELECT p.unit_id, p.point_id, p.data_code, p.granularity, u.credit_code, u.province
    FROM point_at($at) AS p
    JOIN placed AS u USING (unit_id)
    WHERE p.adds_up
),
own AS MATERIALIZED (
    SELECT r.unit_id, r.point_id, r.day AS month, r.value, r.batch_id,
        a.data_code, a.granularity, a.credit_code, a.province
    FROM said($as_of, $low, $high, $first_unit, $last_unit) AS r
    JOIN asked AS a USING (unit_id, point_id)
    WHERE r.granularity = 4
),
finer AS MATERIALIZED (
    SELECT r.*
    FROM said($as_of, $low, $high, $first_unit, $last_unit) AS r
    SEMI JOIN own AS o ON o.unit_id = r.unit_id AND o.point_id = r.point_id AND o.month = month_of(r.day)
    WHERE r.granularity <= 3
),
told AS MATERIALIZED (
    SELECT unit_id, point_id, month, sum(value) AS value, sum(readings) AS readings, bool_or(is_part) AS has_parts,
        string_agg(source, '; ' ORDER BY source) AS sources, list(source) AS each_source
    FROM (
        SELECT f.unit_id, f.point_id, month_of(f.day) AS month, b.source, sum(f.value) AS value, count(*) AS readings,
            bool_or(f.granularity < 3) AS is_part
        FROM finer AS f
        JOIN batch AS b ON b.id = f.batch_id
        GROUP BY ALL
    )
    GROUP BY ALL
),
parted AS (
    SELECT f.*
    FROM finer AS f
    SEMI JOIN (FROM told WHERE has_parts) AS t
        ON t.unit_id = f.unit_id AND t.point_id = f.point_id AND t.month = month_of(f.day)
),
-- Where nothing finer than days was said they add up as they stand, which is found far sooner than by the rule.
summed AS (
    SELECT unit_id, point_id, month, CAST(value AS DECIMAL(24, 4)) AS daily, CAST(readings AS INTEGER) AS days,
        CAST(96 * readings AS BIGINT) AS slots
    FROM told
    WHERE NOT has_parts
    UNION ALL
    SELECT unit_id, point_id, month_of(day) AS month, CAST(sum(value) AS DECIMAL(24, 4)) AS daily,
        CAST(count(*) AS INTEGER) AS days, CAST(sum(slots) AS BIGINT) AS slots
    FROM days_of('parted')
    GROUP BY ALL
),
beside AS (
    SELECT o.province, o.credit_code AS unit, o.data_code, o.month AS first_day,
        CAST(o.value AS DECIMAL(24, 4)) AS monthly, s.daily,
        coalesce(s.days, 0) AS days, day(last_day(o.month)) AS month_days, coalesce(s.slots, 0) AS slots,
        96 * day(last_day(o.month)) AS all_slots, b.source, o.batch_id AS batch, t.sources AS day_sources,
        coalesce(NOT list_contains(t.each_source, b.source), false) AS independent
    FROM own AS o
    JOIN batch AS b ON b.id = o.batch_id
    LEFT JOIN summed AS s USING (unit_id, point_id, month)
    LEFT JOIN told AS t USING (unit_id, point_id, month)
    WHERE s.days IS NOT NULL OR o.granularity <= 3
),
weighed AS (
    SELECT *, CAST(days = month_days AND is_near(slots, all_slots, $millionths) AS BOOLEAN) AS complete
    FROM beside
),
judged AS (
    SELECT province, unit, data_code, month_name(first_day) AS month, monthly, daily, days, month_days,
        CAST(slots AS DOUBLE) / all_slots AS coverage, complete,
        CASE WHEN daily <> 0 THEN round(CAST(monthly AS DOUBLE) / CAST(daily AS DOUBLE) - 1, 6) END AS deviation,
        CASE WHEN complete THEN NOT is_near(monthly, daily, $millionths) END AS beyond_tolerance,
        CASE WHEN complete THEN factor_between(monthly, daily, $millionths) END AS factor,
        source, batch, day_sources, independent, unit || data_code || strftime(first_day, '%Y%m') AS own_key,
        year(first_day) * 12 + month(first_day) AS month_number
    FROM weighed
),
listed AS (
    SELECT *,
        CASE $order
            WHEN 'deviation' THEN CASE WHEN deviation IS NOT NULL THEN CAST(least(abs(deviation) * 1e6, 4e18) AS BIGINT) END
            WHEN 'month' THEN month_number
            ELSE 0
        END * CASE WHEN $descending THEN -1 ELSE 1 END AS sort_by
    FROM judged
    WHERE ($beyond IS NULL OR beyond_tolerance = $beyond) AND ($independent IS NULL OR independent = $independent)
),
numbered AS (
    SELECT *, row_number() OVER (ORDER BY sort_by NULLS LAST, own_key) AS place, count(*) OVER () AS whole
    FROM listed
),
cut AS (
    SELECT *, row_number() OVER (ORDER BY place) AS ahead, row_number() OVER (ORDER BY place DESC) AS behind
    FROM numbered
    WHERE ($after_key IS NULL OR comes_after(sort_by, own_key, $after_value, $after_key))
        AND ($before_key IS NULL OR comes_before(sort_by, own_key, $before_value, $before_key))
),
page AS (
    SELECT * EXCLUDE (month_number, ahead, behind)
    FROM cut
    WHERE ($first IS NULL OR ahead <= $first) AND ($last IS NULL OR behind <= $last)
    ORDER BY place
),
counted AS (
    SELECT province, count(*) AS rows FROM listed GROUP BY ALL ORDER BY ALL
)
FROM query_table($shown);
