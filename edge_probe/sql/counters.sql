-- Every counter's state.
SELECT point, last_at, last_counter, booked_at, booked_counter, held, pieces FROM counter ORDER BY point;
