-- A counter came back: the last detected record of its point was none, unless a person confirmed it.
UPDATE meter_event
SET state = 'withdrawn'
WHERE number = (SELECT max(number) FROM meter_event WHERE point = :point AND state = 'detected');
