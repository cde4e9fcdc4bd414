-- One more event.
INSERT INTO event (at, source, kind, detail) VALUES (:at, :source, :kind, :detail);
