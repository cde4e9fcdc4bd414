-- Data codes' Beijing days of which an uplink has not acknowledged everything.
SELECT DISTINCT date(r.start, '+8 hours') AS day, r.data_code
FROM uplink AS u
JOIN reading AS r ON r.sequence > u.acknowledged
WHERE u.name = :uplink;
