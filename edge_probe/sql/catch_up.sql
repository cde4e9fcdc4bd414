-- While no batch is on its way, an uplink's cursor moves behind what its platform has already of what comes next.
UPDATE uplink
SET acknowledged = max(
    acknowledged,
    coalesce(
        (
            SELECT min(r.sequence) - 1
            FROM reading AS r
            WHERE r.sequence > uplink.acknowledged
                AND NOT EXISTS (SELECT 1 FROM taken AS t WHERE t.uplink = uplink.name AND t.sequence = r.sequence)
        ),
        (SELECT max(sequence) FROM reading),
        0
    )
)
WHERE name = :uplink
    AND NOT EXISTS (SELECT 1 FROM reading WHERE sequence > uplink.acknowledged AND sequence <= uplink.claimed);
