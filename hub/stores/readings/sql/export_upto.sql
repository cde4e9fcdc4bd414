-- The last batch an export may tell, with its head.
SELECT id, head
FROM batch
WHERE $as_of IS NULL OR id <= $as_of
ORDER BY id DESC
LIMIT 1;
