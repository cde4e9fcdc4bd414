SELECT * FROM batch WHERE source = $source AND key = $key;
