-- What holds of a data code's day goes to an uplink once more, under a number of its own.
INSERT OR REPLACE INTO again (uplink, sequence, tick)
SELECT :uplink, r.sequence, :tick
FROM reading AS r
WHERE r.data_code = :data_code AND r.unit = :unit AND r.start >= :begin AND r.start < :end
    AND r.sequence <= (SELECT acknowledged FROM uplink WHERE name = :uplink)
    AND r.sequence = (
        SELECT max(sequence) FROM reading
        WHERE data_code = r.data_code AND start = r.start AND unit = r.unit
    )
ORDER BY r.sequence;
