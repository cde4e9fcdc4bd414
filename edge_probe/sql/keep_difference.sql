-- A data code's day on which an uplink's platform holds something else.
INSERT OR REPLACE INTO difference (uplink, day, data_code, figures, offered_at)
VALUES (:uplink, :day, :data_code, :figures, :at);
