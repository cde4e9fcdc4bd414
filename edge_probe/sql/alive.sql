-- The last moment at which the probe is known to have run.
SELECT max(ends) AS ends FROM span WHERE kind = 'running';
