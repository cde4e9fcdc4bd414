-- A reading that a platform refused; one it refuses again was tried anew.
INSERT INTO refused (uplink, sequence, since, tried) VALUES (:uplink, :sequence, :at, :at)
ON CONFLICT (uplink, sequence) DO UPDATE SET tried = excluded.tried;
