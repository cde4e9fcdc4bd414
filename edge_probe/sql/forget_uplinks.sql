-- What is known of platforms that readings go to no more.
DELETE FROM taken WHERE uplink NOT IN (SELECT name FROM uplink);
