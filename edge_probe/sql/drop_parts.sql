-- Parts that were put together.
DELETE FROM part WHERE data_code = :data_code AND start = :start;
