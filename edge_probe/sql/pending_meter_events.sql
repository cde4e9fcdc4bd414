-- What a person said of meters and their totals do not go by yet, in the order it happened.
SELECT number, point, kind, at, closing, opening, used_closing, used_opening, state, note, noted_at
FROM meter_event
WHERE state = 'confirmed' AND settled = 0 AND at <= :now
ORDER BY at, number;
