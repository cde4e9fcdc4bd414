-- What an uplink keeps of its platform, anew.
INSERT INTO platform (uplink, said) VALUES (:uplink, :said)
ON CONFLICT (uplink) DO UPDATE SET said = excluded.said;
