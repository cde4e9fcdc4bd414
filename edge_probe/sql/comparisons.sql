-- How each uplink was compared last.
SELECT uplink, at, compared_at, differing, fault FROM comparison;
