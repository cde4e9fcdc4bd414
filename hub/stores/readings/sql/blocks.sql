-- The blocks of the file that hold pieces of a table, and how many pieces.
SELECT block_id, count(*) AS pieces
FROM (
    SELECT block_id FROM pragma_storage_info($table)
    UNION ALL
    SELECT unnest(additional_block_ids) AS block_id FROM pragma_storage_info($table)
)
WHERE block_id >= 0
GROUP BY block_id;
