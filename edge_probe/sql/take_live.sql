-- A platform has what was sent before the backlog.
INSERT OR IGNORE INTO taken (uplink, sequence)
SELECT l.uplink, r.sequence
FROM live AS l
JOIN reading AS r ON r.sequence BETWEEN l.first AND l.last
WHERE l.uplink = :uplink;
