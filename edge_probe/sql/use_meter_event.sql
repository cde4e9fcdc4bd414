-- The total goes by a record now.
UPDATE meter_event SET used_closing = :closing, used_opening = :opening, settled = 1 WHERE number = :number;
