-- One reading that a platform has before the others of its batch.
INSERT OR IGNORE INTO taken (uplink, sequence) VALUES (:uplink, :sequence);
