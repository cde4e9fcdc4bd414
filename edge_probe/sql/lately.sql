-- What spans say of a time in which something was amiss, the latest first.
SELECT kind, data_code, begins, ends, what
FROM span
WHERE kind <> 'running' AND ends >= :since
ORDER BY ends DESC, begins DESC
LIMIT :limit;
