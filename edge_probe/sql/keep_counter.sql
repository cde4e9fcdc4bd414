-- What is known of a counter now.
INSERT INTO counter (point, last_at, last_counter, booked_at, booked_counter, held, pieces)
VALUES (:point, :last_at, :last_counter, :booked_at, :booked_counter, :held, :pieces)
ON CONFLICT (point) DO UPDATE SET
    last_at = excluded.last_at,
    last_counter = excluded.last_counter,
    booked_at = excluded.booked_at,
    booked_counter = excluded.booked_counter,
    held = excluded.held,
    pieces = excluded.pieces;
