-- The spans that changed since an uplink's platform was told of any.
SELECT kind, data_code, begins, ends, what, changed
FROM span
WHERE changed > coalesce((SELECT upto FROM reported WHERE uplink = :uplink), 0)
ORDER BY changed
LIMIT :limit;
