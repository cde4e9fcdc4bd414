-- What there is of readings: how many hold, how many were ever written, from when to when, in how many batches.
SELECT
    (SELECT count(*) FROM reading) - (SELECT count(*) FROM replaced) AS readings,
    (SELECT count(*) FROM reading) AS readings_written,
    (SELECT beijing_day(min(start)) FROM reading) AS first_day,
    (SELECT beijing_day(max(start)) FROM reading) AS last_day,
    (SELECT count(*) FROM batch) AS batches,
    (SELECT max(received_at) FROM batch) AS last_received;
