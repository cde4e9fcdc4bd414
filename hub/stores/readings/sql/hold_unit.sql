-- What holds no more is closed, and what holds now is opened, both at one moment.
UPDATE unit_held AS h SET held_until = $at
FROM unit_gone AS g WHERE h.held_until = for_ever() AND h.unit_id = g.unit_id;
INSERT INTO unit_held BY NAME SELECT *, $at AS held_from, for_ever() AS held_until FROM unit_come;
