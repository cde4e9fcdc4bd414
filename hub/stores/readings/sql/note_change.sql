INSERT INTO registry_change VALUES ($at, $units);
