-- Spans that ended before anything that is kept, but for the last one of the probe itself.
DELETE FROM span WHERE ends < :before AND ends < (SELECT max(ends) FROM span WHERE kind = 'running');
