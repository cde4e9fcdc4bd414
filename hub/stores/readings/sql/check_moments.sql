-- Rollups are told at the moment of a batch or of a change of the registry, and at no other.
WITH told AS (
    SELECT 'card of unit ' || unit_id || ', granularity ' || granularity || ', ' || day AS what, told_at FROM card
    UNION ALL
    SELECT 'energy of unit ' || unit_id || ', variety ' || variety || ', ' || day || ', part ' || part, told_at FROM energy
    UNION ALL
    SELECT 'energy of province ' || province || ', variety ' || variety || ', ' || day || ', part ' || part, told_at
    FROM province_energy
)
SELECT what, told_at::VARCHAR, 'no batch and no change of the registry'
FROM told
ANTI JOIN (SELECT received_at AS told_at FROM batch UNION ALL SELECT told_at FROM registry_change) AS known USING (told_at)
ORDER BY ALL
LIMIT 1000;
