-- A day that has no reading has no digest.
DELETE FROM digest WHERE unit = :unit AND day = :day AND data_code = :data_code;
