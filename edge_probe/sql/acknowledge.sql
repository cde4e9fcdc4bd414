-- Everything up to a number is the platform's own; never goes back.
UPDATE uplink SET acknowledged = max(acknowledged, :upto) WHERE name = :uplink;
