UPDATE unit_held AS h SET held_until = $at
FROM unit_gone AS g WHERE h.held_until = for_ever() AND h.unit_id = g.unit_id;
