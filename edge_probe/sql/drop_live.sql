-- Nothing is on its way before the backlog.
DELETE FROM live WHERE uplink = :uplink;
