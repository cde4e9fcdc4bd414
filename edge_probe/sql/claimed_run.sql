-- Which readings an uplink has claimed and not handed over yet, without what they say.
SELECT min(r.sequence), max(r.sequence), count(*)
FROM uplink AS u
JOIN reading AS r ON r.sequence > u.acknowledged AND r.sequence <= u.claimed
WHERE u.name = :uplink
    AND NOT EXISTS (SELECT 1 FROM taken AS t WHERE t.uplink = u.name AND t.sequence = r.sequence);
