-- The days of a unit that are kept, and the last day of which something is gone.
SELECT
    min(day) AS first,
    max(day) AS last,
    (SELECT value FROM about WHERE key = 'thinned_upto') AS thinned
FROM digest
WHERE unit = :unit;
