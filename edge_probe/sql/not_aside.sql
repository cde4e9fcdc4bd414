-- A reading that a platform took after all.
DELETE FROM refused WHERE uplink = :uplink AND sequence = :sequence;
