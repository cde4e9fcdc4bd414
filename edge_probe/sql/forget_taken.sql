-- What the cursor says by now.
DELETE FROM taken WHERE uplink = :uplink AND sequence <= :upto;
