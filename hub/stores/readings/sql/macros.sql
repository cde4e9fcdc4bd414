-- The Beijing day and month an instant lies in: +08:00, no summer time. The offset stands here and nowhere else in SQL.
CREATE OR REPLACE MACRO beijing_day(moment) AS CAST(moment + INTERVAL 8 HOUR AS DATE);
CREATE OR REPLACE MACRO beijing_midnight(day) AS CAST(day AS TIMESTAMP) - INTERVAL 8 HOUR;
CREATE OR REPLACE MACRO month_of(day) AS CAST(date_trunc('month', day) AS DATE);
-- Months, quarters and years as graph/model/period.py writes them.
CREATE OR REPLACE MACRO month_name(day) AS strftime(day, '%Y-%m');
CREATE OR REPLACE MACRO quarter_name(day) AS strftime(day, '%Y') || 'Q' || quarter(day);
CREATE OR REPLACE MACRO year_name(day) AS strftime(day, '%Y');
-- When the periods of a day are over, a month's or year's on the day it begins; and when a value is late: a whole Beijing
-- day after that (424号, 二: 每日上传; that the day after is still that day's upload is assumed).
CREATE OR REPLACE MACRO over_at(granularity, day) AS beijing_midnight(
    CASE granularity WHEN 4 THEN day + INTERVAL 1 MONTH WHEN 5 THEN day + INTERVAL 1 YEAR ELSE day + INTERVAL 1 DAY END
);
CREATE OR REPLACE MACRO deadline(granularity, day) AS over_at(granularity, day) + INTERVAL 1 DAY;
-- How long a slot lasts.
CREATE OR REPLACE MACRO slot_length(granularity) AS CASE granularity
    WHEN 1 THEN INTERVAL 15 MINUTE WHEN 2 THEN INTERVAL 1 HOUR WHEN 3 THEN INTERVAL 1 DAY ELSE INTERVAL 1 MONTH
END;
-- Whether a point that began and ended then owes something of a day, and it was not waived.
CREATE OR REPLACE MACRO is_due(day, since, until, waived_from, waived_until) AS
day >= since AND (until IS NULL OR day < until)
AND NOT (waived_from IS NOT NULL AND day >= waived_from AND (waived_until IS NULL OR day < waived_until));
-- Slots a point owes of a day, or of a month; and which points owe any: accepted ones, of no year.
CREATE OR REPLACE MACRO slots_of(granularity) AS CASE granularity WHEN 1 THEN 96 WHEN 2 THEN 24 ELSE 1 END;
CREATE OR REPLACE MACRO owes(state, granularity) AS state <> 'proposed' AND granularity <= 4;
-- The spans in which points owe: all of theirs, or what lies before and behind the one that was waived.
CREATE OR REPLACE MACRO owing_spans(points) AS TABLE
SELECT * REPLACE (least(until, waived_from) AS until)
FROM query_table(points)
WHERE owes(state, granularity) AND (waived_from IS NULL OR since < waived_from)
UNION ALL
SELECT * REPLACE (greatest(since, waived_until) AS since)
FROM query_table(points)
WHERE owes(state, granularity) AND (until IS NULL OR waived_until < until) AND waived_until IS NOT NULL;
CREATE OR REPLACE MACRO for_ever() AS TIMESTAMP '9999-12-31 00:00:00';

-- What the registry said at a moment.
CREATE OR REPLACE MACRO unit_at(moment) AS TABLE
SELECT * EXCLUDE (held_from, held_until) FROM unit_held WHERE held_from <= moment AND held_until > moment;
CREATE OR REPLACE MACRO point_at(moment) AS TABLE
SELECT * EXCLUDE (held_from, held_until) FROM point_held WHERE held_from <= moment AND held_until > moment;
CREATE OR REPLACE MACRO owing_at(moment) AS TABLE
SELECT * EXCLUDE (held_from, held_until) FROM owing_held WHERE held_from <= moment AND held_until > moment;
CREATE OR REPLACE MACRO coefficient_at(moment) AS TABLE
SELECT * EXCLUDE (held_from, held_until) FROM coefficient_held WHERE held_from <= moment AND held_until > moment;
CREATE OR REPLACE VIEW unit AS SELECT * EXCLUDE (held_from, held_until) FROM unit_held WHERE held_until = for_ever();
CREATE OR REPLACE VIEW point AS SELECT * EXCLUDE (held_from, held_until) FROM point_held WHERE held_until = for_ever();

-- What was said up to a batch: rows it or one before it wrote, less those replaced by then. `side` tells rows that
-- are compared apart; here there is one.
CREATE OR REPLACE MACRO said(as_of, low, high, first_unit, last_unit) AS TABLE
SELECT 0 AS side, r.unit_id, r.point_id, r.granularity, r.day, r.start, r.value, r.version, r.origin, r.batch_id
FROM reading AS r
ANTI JOIN (
    SELECT unit_id, point_id, granularity, start, batch_id
    FROM replaced
    WHERE replaced_by <= as_of AND start >= low AND start < high AND unit_id >= first_unit AND unit_id <= last_unit
) AS gone USING (unit_id, point_id, granularity, start, batch_id)
WHERE r.batch_id <= as_of AND r.start >= low AND r.start < high AND r.unit_id >= first_unit AND r.unit_id <= last_unit;

-- Periods whose values were taken back, and the last batch that did so: what was said of them before counts no more.
CREATE OR REPLACE VIEW taken_back AS
SELECT unit_id, point_id, granularity, start, max(withdrawn_by) AS taken_by FROM withdrawn GROUP BY ALL;

-- The same as of a batch.
CREATE OR REPLACE MACRO taken_back_by(as_of) AS TABLE
SELECT unit_id, point_id, granularity, start, max(withdrawn_by) AS taken_by
FROM withdrawn
WHERE withdrawn_by <= as_of
GROUP BY ALL;

-- Of rows of `reading` those that hold now, with the newest version their source said them under. `rows` names the
-- relation they stand in, the bounds say where to look for what became of them.
CREATE OR REPLACE MACRO holding(rows, first_day, last_day, first_unit, last_unit) AS TABLE
WITH gone AS (
    SELECT unit_id, point_id, granularity, start, batch_id
    FROM replaced
    WHERE day >= first_day AND day <= last_day AND unit_id >= first_unit AND unit_id <= last_unit
),
again AS (
    SELECT unit_id, point_id, granularity, start, batch_id, max(version) AS version
    FROM confirmed
    WHERE day >= first_day AND day <= last_day AND unit_id >= first_unit AND unit_id <= last_unit
    GROUP BY ALL
)
SELECT r.unit_id, r.point_id, r.granularity, r.day, r.start, r.value, r.origin, r.batch_id,
    greatest(r.version, again.version) AS version
FROM query_table(rows) AS r
ANTI JOIN gone USING (unit_id, point_id, granularity, start, batch_id)
LEFT JOIN again USING (unit_id, point_id, granularity, start, batch_id);

-- One rule for every period (docs/adr/0012): what finer values make up whole, else its own value, else what there is
-- of finer ones. `slots` counts the quarter-hours a value stands for, so that a part is known as a part. `rows` names
-- the relation the values stand in. Granularities: 1 quarter-hour, 2 hour, 3 day, 4 month, 5 year.
CREATE OR REPLACE MACRO hours_of(rows) AS TABLE
WITH by_hour AS (
    SELECT side, unit_id, point_id, day, time_bucket(INTERVAL 1 HOUR, start) AS start, max(batch_id) AS batch_id,
        sum(value) FILTER (granularity = 1) AS parts, count(*) FILTER (granularity = 1) AS parts_n,
        max(value) FILTER (granularity = 2) AS own, max(origin) FILTER (granularity = 2) AS own_origin
    FROM query_table(rows)
    WHERE granularity <= 2
    GROUP BY ALL
)
SELECT side, unit_id, point_id, day, start, batch_id, own, own_origin AS said_origin,
    CASE WHEN parts_n = 4 OR own IS NULL THEN parts ELSE own END AS value,
    CASE WHEN parts_n = 4 OR own IS NULL THEN NULL ELSE own_origin END AS own_origin,
    CASE WHEN parts_n = 4 OR own IS NULL THEN parts_n ELSE 4 END AS slots,
    CASE WHEN parts_n = 4 OR own IS NULL THEN parts_n ELSE 1 END AS readings
FROM by_hour;

CREATE OR REPLACE MACRO days_of(rows) AS TABLE
WITH cell AS (
    -- One line an hour, and one for what was said of the day itself (hour is null).
    SELECT side, unit_id, point_id, day,
        CASE WHEN granularity <= 2 THEN time_bucket(INTERVAL 1 HOUR, start) END AS hour, max(batch_id) AS batch_id,
        sum(value) FILTER (granularity = 1) AS parts, count(*) FILTER (granularity = 1) AS parts_n,
        max(value) FILTER (granularity >= 2) AS own, max(origin) FILTER (granularity >= 2) AS own_origin
    FROM query_table(rows)
    WHERE granularity <= 3
    GROUP BY ALL
),
by_day AS (
    SELECT side, unit_id, point_id, day, max(batch_id) AS batch_id,
        sum(CASE WHEN parts_n = 4 OR own IS NULL THEN parts ELSE own END) FILTER (hour IS NOT NULL) AS parts,
        sum(CASE WHEN parts_n = 4 OR own IS NULL THEN parts_n ELSE 4 END) FILTER (hour IS NOT NULL) AS slots,
        sum(CASE WHEN parts_n = 4 OR own IS NULL THEN parts_n ELSE 1 END) FILTER (hour IS NOT NULL) AS readings,
        max(own) FILTER (hour IS NULL) AS own, max(own_origin) FILTER (hour IS NULL) AS own_origin
    FROM cell
    GROUP BY ALL
)
SELECT side, unit_id, point_id, day, batch_id, own, own_origin AS said_origin,
    CASE WHEN slots = 96 OR own IS NULL THEN parts ELSE own END AS value,
    CASE WHEN slots = 96 OR own IS NULL THEN NULL ELSE own_origin END AS own_origin,
    CAST(CASE WHEN slots = 96 OR own IS NULL THEN slots ELSE 96 END AS INTEGER) AS slots,
    CAST(CASE WHEN slots = 96 OR own IS NULL THEN readings ELSE 1 END AS INTEGER) AS readings
FROM by_day;

-- What points add to a balance: their days (part 0), or where a month's own value counts because its days are not
-- whole, that value on the first (part 2) and the days only for those who ask for a part of the month (part 1).
CREATE OR REPLACE MACRO parts_of(rows) AS TABLE
WITH by_day AS MATERIALIZED (FROM days_of(rows)),
month AS (
    SELECT side, unit_id, point_id, day, value, origin, batch_id
    FROM query_table(rows)
    WHERE granularity = 4
),
own AS MATERIALIZED (
    SELECT m.side, m.unit_id, m.point_id, m.day AS month, m.value, m.origin, m.batch_id
    FROM month AS m
    LEFT JOIN by_day AS d
        ON d.side = m.side AND d.unit_id = m.unit_id AND d.point_id = m.point_id AND month_of(d.day) = m.day
    GROUP BY ALL
    HAVING count(d.day) FILTER (d.slots = 96) < day(last_day(m.day))
)
SELECT d.side, d.unit_id, d.point_id, d.day, CAST(own.month IS NOT NULL AS TINYINT) AS part, d.value, d.readings,
    d.batch_id, NULL AS own_origin
FROM by_day AS d
LEFT JOIN own
    ON own.side = d.side AND own.unit_id = d.unit_id AND own.point_id = d.point_id AND own.month = month_of(d.day)
UNION ALL
SELECT side, unit_id, point_id, month AS day, CAST(2 AS TINYINT) AS part, value, 1 AS readings, batch_id, origin
FROM own;

-- Units that have measured a coefficient of their own, by variety.
CREATE OR REPLACE VIEW own_coefficient AS
SELECT DISTINCT unit_id, variety FROM coefficient_held WHERE unit_id IS NOT NULL AND held_until = for_ever();

-- Whether a part of a month's days counts in a question over whole Beijing days (see parts_of).
CREATE OR REPLACE MACRO part_counts(part, day, first_day, last_day) AS
part = 0 OR (part = 2) = (month_of(day) >= first_day AND last_day(day) <= last_day);

-- Energy of the days asked for (span 0), and of those they are compared with: before (1) and a year before (2). `shown` is
-- the day asked for that a day is compared with, or one of its month. Of anything but whole months, and by day, days
-- count that answer the same day of the month: 29 February answers none of a year without one. By day, a month said as
-- a whole has no day before. Bounds that are null hold no days.
CREATE OR REPLACE MACRO days_asked(rows, first_day, last_day) AS TABLE
SELECT 0 AS span, day AS shown, *
FROM query_table(rows)
WHERE day >= first_day AND day <= last_day AND part_counts(part, day, first_day, last_day);
CREATE OR REPLACE MACRO days_back(which, rows, by_day, same_days, first_day, last_day, months, days) AS TABLE
SELECT which AS span, CAST(day + to_months(months) + to_days(days) AS DATE) AS shown, *
FROM query_table(rows)
WHERE day >= first_day AND day <= last_day AND part_counts(part, day, first_day, last_day)
    AND NOT (same_days AND day(day + to_months(months)) <> day(day)) AND NOT (by_day AND which = 1 AND part = 2);

-- One line a group that was asked for, its earlier figures beside its own.
CREATE OR REPLACE MACRO beside(rows) AS TABLE
SELECT province, city, county, section, tier, unit, kind, variety, day, month, quarter, year,
    any_value(measure) FILTER (span = 0) AS measure,
    any_value(quantity) FILTER (span = 0) AS quantity,
    any_value(tce) FILTER (span = 0) AS tce,
    any_value(without_coefficient) FILTER (span = 0) AS without_coefficient,
    any_value(edition) FILTER (span = 0) AS edition,
    any_value(readings) FILTER (span = 0) AS readings,
    any_value(measure) FILTER (span = 1) AS before_measure,
    any_value(quantity) FILTER (span = 1) AS before_quantity,
    any_value(tce) FILTER (span = 1) AS before_tce,
    any_value(readings) FILTER (span = 1) AS before_readings,
    any_value(measure) FILTER (span = 2) AS year_before_measure,
    any_value(quantity) FILTER (span = 2) AS year_before_quantity,
    any_value(tce) FILTER (span = 2) AS year_before_tce,
    any_value(readings) FILTER (span = 2) AS year_before_readings
FROM query_table(rows)
GROUP BY ALL
HAVING count(*) FILTER (span = 0) > 0;

-- The groups in the order asked for, as many as were asked for, and with each what all of them come to.
CREATE OR REPLACE MACRO ranked(groups, by_what, falling, most) AS TABLE
WITH whole AS (
    SELECT *,
        row_number() OVER (
            ORDER BY province NULLS FIRST, city NULLS FIRST, county NULLS FIRST, section NULLS FIRST, tier NULLS FIRST,
                unit NULLS FIRST, kind NULLS FIRST, variety NULLS FIRST, day NULLS FIRST, month NULLS FIRST,
                quarter NULLS FIRST, year NULLS FIRST
        ) AS own_place,
        sum(tce) OVER () AS whole_tce,
        CAST(sum(readings) OVER () AS BIGINT) AS whole_readings,
        CAST(coalesce(sum(without_coefficient) OVER (), 0) AS BIGINT) AS whole_without_coefficient,
        count(*) OVER () AS whole_groups
    FROM query_table(groups)
)
SELECT
    row_number() OVER (
        ORDER BY
            CASE WHEN by_what = 'tce' THEN CASE WHEN falling THEN -tce ELSE tce END END NULLS LAST,
            CASE WHEN by_what = 'quantity' THEN CASE WHEN falling THEN -quantity ELSE quantity END END NULLS LAST,
            CASE WHEN by_what = 'groups' AND falling THEN -own_place ELSE own_place END
    ) AS place,
    * EXCLUDE own_place
FROM whole
QUALIFY most IS NULL OR place <= most;

-- Daily energy with what it is worth: the unit's own coefficient of that day, else the reference one.
CREATE OR REPLACE MACRO worth_of(rows, moment, coefficient_basis) AS TABLE
SELECT r.*, v.kind AS of_kind, v.native_unit, coalesce(own.edition, reference.edition) AS edition,
    coalesce(own.tce, reference.tce) AS tce_each
FROM query_table(rows) AS r
JOIN variety AS v ON v.code = r.of_variety
LEFT JOIN coefficient_held AS own
    ON own.unit_id = r.own_unit AND own.variety = r.of_variety AND own.since <= r.of_day AND r.of_day < own.until
    AND own.basis = coefficient_basis AND own.held_from <= moment AND own.held_until > moment
LEFT JOIN coefficient_held AS reference
    ON reference.unit_id IS NULL AND reference.variety = r.of_variety AND reference.since <= r.of_day
    AND r.of_day < reference.until AND reference.basis = coefficient_basis AND reference.held_from <= moment
    AND reference.held_until > moment;

-- What a hub that saw everything up to one batch has not seen up to another: readings that hold by then, each under its
-- newest version and with the batch that last said it.
CREATE OR REPLACE MACRO untold(seen, newest) AS TABLE
WITH again AS (
    SELECT unit_id, point_id, granularity, start, batch_id, max(version) AS version, max(confirmed_by) AS confirmed_by
    FROM confirmed
    WHERE confirmed_by > seen AND confirmed_by <= newest
    GROUP BY ALL
)
SELECT r.unit_id, r.point_id, r.granularity, r.day, r.start, r.value, r.origin, r.batch_id,
    greatest(r.version, a.version) AS version, coalesce(a.confirmed_by, r.batch_id) AS last_batch
FROM reading AS r
LEFT JOIN again AS a USING (unit_id, point_id, granularity, start, batch_id)
ANTI JOIN (
    SELECT unit_id, point_id, granularity, start, batch_id FROM replaced WHERE batch_id > seen AND batch_id <= newest
) AS gone USING (unit_id, point_id, granularity, start, batch_id)
WHERE r.batch_id > seen AND r.batch_id <= newest
UNION ALL
SELECT r.unit_id, r.point_id, r.granularity, r.day, r.start, r.value, r.origin, r.batch_id,
    greatest(r.version, a.version) AS version, a.confirmed_by AS last_batch
FROM reading AS r
JOIN (
    FROM again ANTI JOIN replaced USING (unit_id, point_id, granularity, start, batch_id) WHERE again.batch_id <= seen
) AS a USING (unit_id, point_id, granularity, start, batch_id);

-- Whether a value lies within so many millionths of another, exactly, and by what factor two that do not seem to differ:
-- a unit of measure (kWh and MWh, m3 and 万m3) or a transformer's ratio that somebody forgot.
CREATE OR REPLACE MACRO is_near(found, expected, millionths) AS
abs(found - expected) * 1000000 <= millionths * abs(expected);
CREATE OR REPLACE MACRO factor_between(found, expected, millionths) AS
CASE
    WHEN expected = 0 THEN NULL
    WHEN is_near(found, expected * 10, millionths) THEN 10.0
    WHEN is_near(found, expected * 100, millionths) THEN 100.0
    WHEN is_near(found, expected * 1000, millionths) THEN 1000.0
    WHEN is_near(found, expected * 10000, millionths) THEN 10000.0
    WHEN is_near(found * 10, expected, millionths) THEN 0.1
    WHEN is_near(found * 100, expected, millionths) THEN 0.01
    WHEN is_near(found * 1000, expected, millionths) THEN 0.001
    WHEN is_near(found * 10000, expected, millionths) THEN 0.0001
END::DOUBLE;

-- Whether a row of a list that goes by a number, those without one last, and then by a text comes after another, or before.
CREATE OR REPLACE MACRO comes_after(number, name, of_number, of_name) AS
CASE
    WHEN number IS NULL THEN of_number IS NOT NULL OR name > of_name
    ELSE coalesce(number > of_number OR (number = of_number AND name > of_name), false)
END;
CREATE OR REPLACE MACRO comes_before(number, name, of_number, of_name) AS comes_after(of_number, of_name, number, name);
