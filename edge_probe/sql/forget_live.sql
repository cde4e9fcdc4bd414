-- What is on its way to platforms that readings go to no more.
DELETE FROM live WHERE uplink NOT IN (SELECT name FROM uplink);
