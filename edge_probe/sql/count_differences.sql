-- How many days differ.
SELECT count(DISTINCT day) FROM difference WHERE uplink = :uplink;
