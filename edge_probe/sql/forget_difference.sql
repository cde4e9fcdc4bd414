-- The same of what stands in `difference`.
DELETE FROM difference WHERE uplink NOT IN (SELECT name FROM uplink);
