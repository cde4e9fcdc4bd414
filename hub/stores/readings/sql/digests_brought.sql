-- Of what the batches of a source were made, whose keys begin with that: what was booked again has keys of another kind.
SELECT DISTINCT digest FROM batch WHERE source = $source AND starts_with(key, left(digest, 32));
