-- What an uplink will probably claim once its platform has everything up to a number.
SELECT r.sequence, r.unit, r.data_code, r.start, r.value, r.origin, r.written_at
FROM reading AS r
WHERE r.sequence > :upto
    AND NOT EXISTS (SELECT 1 FROM taken AS t WHERE t.uplink = :uplink AND t.sequence = r.sequence)
ORDER BY r.sequence
LIMIT :limit;
