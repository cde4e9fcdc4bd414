UPDATE point_held AS h SET held_until = $at
FROM point_gone AS g WHERE h.held_until = for_ever() AND h.unit_id = g.unit_id AND h.point_id = g.point_id;
