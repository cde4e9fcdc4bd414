-- What holds no more is closed, and what holds now is opened, both at one moment.
UPDATE coefficient_held AS h SET held_until = $at
FROM coefficient_gone AS g
WHERE h.held_until = for_ever() AND h.unit_id IS NOT DISTINCT FROM g.unit_id AND h.variety = g.variety
    AND h.basis = g.basis AND h.since = g.since AND h.until = g.until AND h.edition = g.edition AND h.tce = g.tce;
INSERT INTO coefficient_held BY NAME SELECT *, $at AS held_from, for_ever() AS held_until FROM coefficient_come;
