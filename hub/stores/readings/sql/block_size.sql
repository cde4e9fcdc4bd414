-- How large a block of the file is, and how many of it hold nothing.
SELECT block_size, free_blocks
FROM pragma_database_size()
WHERE database_name = current_database();
