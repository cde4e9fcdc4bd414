-- A row where anything finer was ever said of one unit's days.
SELECT unit_id
FROM card
WHERE unit_id = $unit AND granularity < $granularity AND day >= beijing_day($low) AND day <= beijing_day($high)
LIMIT 1;
