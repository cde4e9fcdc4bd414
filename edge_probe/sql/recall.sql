-- What an uplink keeps of its platform.
SELECT said FROM platform WHERE uplink = :uplink;
