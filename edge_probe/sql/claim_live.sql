-- Fixes what an uplink sends before its backlog, where that is more than one batch: those of the newest readings that no batch
-- has yet. They stand as one run of numbers, so that sent again they are the same batch.
INSERT OR IGNORE INTO live (uplink, first, last)
SELECT :uplink, min(sequence), max(sequence)
FROM (
    SELECT r.sequence, r.written_at
    FROM reading AS r
    JOIN uplink AS u ON u.name = :uplink
    WHERE r.sequence > max(
            u.acknowledged, u.claimed, coalesce((SELECT max(sequence) FROM taken WHERE uplink = u.name), 0)
        )
    ORDER BY r.sequence DESC
    LIMIT :limit
)
WHERE written_at >= :since
    AND (
        SELECT count(*)
        FROM (
            SELECT 1
            FROM reading AS r
            JOIN uplink AS u ON u.name = :uplink
            WHERE r.sequence > u.acknowledged
                AND NOT EXISTS (SELECT 1 FROM taken AS t WHERE t.uplink = u.name AND t.sequence = r.sequence)
            LIMIT :limit + 1
        )
    ) > :limit;
