-- An uplink was handed these once more.
DELETE FROM again WHERE uplink = :uplink AND number <= :upto;
