-- How an uplink was compared; one that broke off leaves what the last one found.
INSERT INTO comparison (uplink, at, compared_at, differing, fault)
VALUES (:uplink, :at, :compared_at, coalesce(:differing, 0), :fault)
ON CONFLICT (uplink) DO UPDATE SET
    at = excluded.at,
    compared_at = coalesce(excluded.compared_at, compared_at),
    differing = coalesce(:differing, differing),
    fault = excluded.fault;
