INSERT INTO rejection SELECT id, batch_id, row, code, why, raw FROM refused;
