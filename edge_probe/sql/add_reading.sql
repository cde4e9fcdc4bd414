-- One more reading, numbered by the spool.
INSERT INTO reading (unit, data_code, start, value, origin, written_at)
VALUES (:unit, :data_code, :start, :value, :origin, :written_at);
