-- Whether a moment lies between batches that provinces were told of together.
SELECT 1 FROM energy
WHERE told_at <= $at AND told_at > (
    SELECT coalesce(max(told_at), TIMESTAMP '1970-01-01') FROM province_energy WHERE told_at <= $at
)
LIMIT 1;
