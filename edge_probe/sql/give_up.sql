-- Readings that a platform refused for so long that it always will.
DELETE FROM refused WHERE uplink = :uplink AND since < :before;
