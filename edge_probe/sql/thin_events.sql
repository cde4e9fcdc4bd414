-- All but the newest events.
DELETE FROM event WHERE number <= (SELECT max(number) FROM event) - :kept;
