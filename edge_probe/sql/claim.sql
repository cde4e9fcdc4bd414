-- Fixes the batch an uplink is to send: a claim once made stands until it is acknowledged (or its readings are
-- gone), so that a batch sent again is the same batch.
UPDATE uplink
SET claimed = coalesce(
    (
        SELECT max(sequence)
        FROM (
            SELECT r.sequence
            FROM reading AS r
            WHERE r.sequence > uplink.acknowledged
                AND NOT EXISTS (SELECT 1 FROM taken AS t WHERE t.uplink = uplink.name AND t.sequence = r.sequence)
            ORDER BY r.sequence
            LIMIT :limit
        )
    ),
    claimed
)
WHERE name = :uplink
    AND NOT EXISTS (SELECT 1 FROM reading WHERE sequence > uplink.acknowledged AND sequence <= uplink.claimed);
