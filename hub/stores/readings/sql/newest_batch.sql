-- The end of the ledger, or of it up to a batch.
SELECT id, head
FROM batch
WHERE $upto IS NULL OR id <= $upto
ORDER BY id DESC
LIMIT 1;
