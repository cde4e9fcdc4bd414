-- How much each uplink still has to hand over, and since when the oldest of it waits.
SELECT
    u.name,
    u.acknowledged,
    (SELECT count(*) FROM reading AS r WHERE r.sequence > u.acknowledged) AS waiting,
    (SELECT min(r.written_at) FROM reading AS r WHERE r.sequence > u.acknowledged) AS oldest
FROM uplink AS u
ORDER BY u.name;
