-- The same of what stands in `again`.
DELETE FROM again WHERE uplink NOT IN (SELECT name FROM uplink);
