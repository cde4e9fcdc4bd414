-- One more record of what happened to a meter.
INSERT INTO meter_event (point, kind, at, closing, opening, used_closing, used_opening, state, note, noted_at)
VALUES (:point, :kind, :at, :closing, :opening, :used_closing, :used_opening, :state, :note, :noted_at);
