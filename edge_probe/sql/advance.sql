-- Once a platform has every reading of a batch, one by one, the cursor stands behind it.
UPDATE uplink
SET acknowledged = claimed
WHERE name = :uplink
    AND claimed > acknowledged
    AND NOT EXISTS (
        SELECT 1
        FROM reading AS r
        WHERE r.sequence > uplink.acknowledged AND r.sequence <= uplink.claimed
            AND NOT EXISTS (SELECT 1 FROM taken AS t WHERE t.uplink = uplink.name AND t.sequence = r.sequence)
    );
