-- A record as a person confirmed it; what the total goes by stays.
UPDATE meter_event
SET kind = :kind, closing = :closing, opening = :opening, note = :note, state = 'confirmed', settled = 0
WHERE number = :number;
