-- What became of the slots that each point owed of a day, and what is known of those that are missing: how many lie in
-- spans that the unit's probe reported or in which nothing came from it, whether the unit reports to this hub itself, whether
-- its province has a link that was asked since, and how many readings more of the unit's day the link's source holds. What is
-- due and received is counted as `completeness_of_points` counts it. `spans`, `direct`, `asked` and `differences` are told by
-- the witness, `silences` by `hop_silences`.
WITH placed AS (
    SELECT unit_id, province, credit_code
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
    SELECT u.province, u.credit_code, o.unit_id, o.point_id, o.data_code, o.granularity, c.day,
        slots_of(o.granularity) AS due
    FROM placed AS u
    JOIN point_at($at) AS o USING (unit_id)
    JOIN calendar AS c
        ON is_due(c.day, o.since, o.until, o.waived_from, o.waived_until)
        AND (o.granularity <= 3 OR (day(c.day) = 1 AND last_day(c.day) < CAST($end_day AS DATE)))
    WHERE owes(o.state, o.granularity) AND ($data_codes IS NULL OR list_contains($data_codes, o.data_code))
),
earlier AS (
    SELECT unit_id, point_id, granularity, start, min(batch_id) AS batch_id
    FROM replaced
    LEFT JOIN taken_back_by($as_of) USING (unit_id, point_id, granularity, start)
    WHERE batch_id <= $as_of AND day >= $first_day AND day < $end_day AND (taken_by IS NULL OR batch_id > taken_by)
    GROUP BY ALL
),
holds AS (
    SELECT h.unit_id, h.point_id, h.granularity, h.day, h.start, h.origin, coalesce(e.batch_id, h.batch_id) AS first_batch
    FROM said($as_of, $low, $high, $first_unit, $last_unit) AS h
    LEFT JOIN earlier AS e USING (unit_id, point_id, granularity, start)
),
counted AS (
    SELECT unit_id, point_id, granularity, day, first_batch, count(*) AS slots,
        count(*) FILTER (list_contains($estimating, origin)) AS estimated
    FROM holds
    GROUP BY ALL
),
came AS (
    SELECT c.unit_id, c.point_id, c.granularity, c.day, sum(c.slots) AS received, sum(c.estimated) AS estimated,
        sum(c.slots) FILTER (b.received_at < deadline(c.granularity, c.day)) AS on_time,
        sum(c.estimated) FILTER (b.received_at < deadline(c.granularity, c.day)) AS estimated_on_time
    FROM counted AS c
    JOIN batch AS b ON b.id = c.first_batch
    GROUP BY ALL
),
cells AS MATERIALIZED (
    SELECT o.*, coalesce(c.received, 0) AS received, coalesce(c.on_time, 0) AS on_time,
        coalesce(c.estimated, 0) AS estimated, coalesce(c.estimated_on_time, 0) AS estimated_on_time,
        CASE o.granularity WHEN 4 THEN last_day(o.day) ELSE o.day END AS last
    FROM owed AS o
    LEFT JOIN came AS c USING (unit_id, point_id, granularity, day)
),
lacking AS MATERIALIZED (
    SELECT province, unit_id, point_id, granularity, day, beijing_midnight(day) AS begins, over_at(granularity, day) AS ends
    FROM cells
    WHERE due > received
),
told AS MATERIALIZED (
    SELECT u.unit_id, p.point_id, s.kind, s.begins, s.ends
    FROM spans AS s
    JOIN placed AS u ON u.credit_code = s.unit
    LEFT JOIN point_at($at) AS p ON p.unit_id = u.unit_id AND p.data_code = s.data_code
    WHERE s.kind <> 'running' AND (s.data_code IS NULL OR p.point_id IS NOT NULL)
    UNION ALL
    SELECT u.unit_id, NULL, 'silent', s.begins, s.ends FROM silences AS s JOIN placed AS u ON u.credit_code = s.unit
),
told_slots AS (
    SELECT l.unit_id, l.point_id, l.granularity, l.day, t.kind = 'meter' AS at_meter,
        unnest(range(
            CASE WHEN l.granularity <= 2
                THEN time_bucket(slot_length(l.granularity), greatest(l.begins, t.begins), l.begins) ELSE l.begins
            END,
            least(l.ends, t.ends + INTERVAL 1 MICROSECOND),
            slot_length(l.granularity)
        )) AS start
    FROM lacking AS l
    JOIN told AS t
        ON t.unit_id = l.unit_id AND coalesce(t.point_id, l.point_id) = l.point_id AND t.begins < l.ends AND t.ends >= l.begins
),
under_each AS MATERIALIZED (
    SELECT unit_id, point_id, granularity, day, start, bool_or(at_meter) AS at_meter FROM told_slots GROUP BY ALL
),
there_all_the_same AS (
    SELECT unit_id, point_id, granularity, start
    FROM holds
    SEMI JOIN under_each USING (unit_id, point_id, granularity, start)
),
under AS (
    SELECT unit_id, point_id, granularity, day, count(*) FILTER (at_meter) AS at_meter, count(*) FILTER (NOT at_meter) AS at_probe
    FROM (FROM under_each ANTI JOIN there_all_the_same USING (unit_id, point_id, granularity, start))
    GROUP BY ALL
),
direct_units AS (
    SELECT u.unit_id, min(beijing_day(d.since)) AS since
    FROM direct AS d
    JOIN placed AS u ON u.credit_code = d.unit
    GROUP BY ALL
),
asked_since AS (
    SELECT province, granularity, day, bool_and(done) AS done
    FROM (
        SELECT p.province, p.granularity, p.day, a.link, bool_or(coalesce(a.asked_at >= p.ends, FALSE)) AS done
        FROM (SELECT DISTINCT province, granularity, day, ends FROM lacking) AS p
        JOIN asked AS a USING (province)
        GROUP BY ALL
    )
    GROUP BY ALL
),
more_there AS (
    SELECT u.unit_id, d.granularity, d.day, sum(d.more) AS more
    FROM differences AS d
    JOIN placed AS u ON u.credit_code = d.unit
    WHERE d.more > 0
    GROUP BY ALL
)
SELECT c.province, c.credit_code AS unit, c.unit_id, c.data_code, c.granularity, c.day,
    CAST(c.due AS BIGINT) AS due, CAST(c.received AS BIGINT) AS received, CAST(c.on_time AS BIGINT) AS on_time,
    CAST(c.estimated AS BIGINT) AS estimated, CAST(c.estimated_on_time AS BIGINT) AS estimated_on_time,
    coalesce(x.at_meter, 0) AS at_meter, coalesce(x.at_probe, 0) AS at_probe,
    coalesce(d.since <= c.last, FALSE) AS direct,
    c.province IN (SELECT province FROM asked) AS linked,
    coalesce(a.done, FALSE) AS asked,
    CAST(coalesce(m.more, 0) AS BIGINT) AS there
FROM cells AS c
LEFT JOIN under AS x USING (unit_id, point_id, granularity, day)
LEFT JOIN direct_units AS d ON d.unit_id = c.unit_id
LEFT JOIN asked_since AS a ON a.province = c.province AND a.granularity = c.granularity AND a.day = c.day
LEFT JOIN more_there AS m ON m.unit_id = c.unit_id AND m.granularity = c.granularity AND m.day = c.day
ORDER BY c.unit_id, c.granularity, c.day, c.data_code;
