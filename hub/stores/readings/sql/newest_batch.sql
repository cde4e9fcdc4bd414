-- The end of the ledger.
SELECT id, head
FROM batch
ORDER BY id DESC
LIMIT 1;
