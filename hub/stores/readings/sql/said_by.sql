-- The last batch up to a number or a moment, whichever is given, with the moment it was received.
SELECT id, received_at
FROM batch
WHERE ($batch IS NULL OR id <= $batch) AND ($moment IS NULL OR received_at <= $moment)
ORDER BY id DESC
LIMIT 1;
