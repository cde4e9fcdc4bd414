-- The points that came, on every known day of the scope that lies in a month they speak of.
SELECT DISTINCT s.unit_id, a.point_id, s.day
FROM scope AS s
JOIN (SELECT DISTINCT unit_id, point_id, month_of(day) AS month FROM arrived) AS a
    ON a.unit_id = s.unit_id AND a.month = month_of(s.day);
