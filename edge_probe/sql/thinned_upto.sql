-- The last day of which a reading is gone.
INSERT INTO about (key, value) VALUES ('thinned_upto', :day)
ON CONFLICT (key) DO UPDATE SET value = max(value, excluded.value);
