-- These days were compared anew.
DELETE FROM difference WHERE uplink = :uplink AND day >= :first AND day <= :last;
