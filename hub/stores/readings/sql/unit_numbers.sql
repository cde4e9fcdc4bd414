-- Between which numbers the units of some credit codes lie.
SELECT min(unit_id), max(unit_id)
FROM unit_at($at)
WHERE list_contains($units, credit_code)
HAVING count(*) > 0;
