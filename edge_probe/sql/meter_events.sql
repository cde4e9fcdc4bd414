-- The newest records of what happened to meters.
SELECT number, point, kind, at, closing, opening, used_closing, used_opening, state, note, noted_at
FROM meter_event
ORDER BY number DESC
LIMIT :limit;
