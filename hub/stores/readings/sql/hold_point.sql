-- What holds no more is closed, and what holds now is opened, both at one moment.
UPDATE point_held AS h SET held_until = $at
FROM point_gone AS g WHERE h.held_until = for_ever() AND h.unit_id = g.unit_id AND h.point_id = g.point_id;
INSERT INTO point_held BY NAME SELECT *, $at AS held_from, for_ever() AS held_until FROM point_come;
