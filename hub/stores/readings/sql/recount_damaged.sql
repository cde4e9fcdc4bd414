-- The days to be counted anew, by the store's own numbers.
CREATE OR REPLACE TEMP TABLE damaged AS
SELECT u.unit_id, w.day,
    CAST(list_position(['quarter_hour', 'hour', 'day', 'month', 'year'], w.granularity) AS TINYINT) AS granularity
FROM wrong AS w
JOIN unit AS u ON u.credit_code = w.unit;
