-- The same of what stands in `comparison`.
DELETE FROM comparison WHERE uplink NOT IN (SELECT name FROM uplink);
