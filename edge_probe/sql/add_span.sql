-- A span that begins, or lasts: its latest end holds, and whoever was told of it is told again.
INSERT INTO span (kind, data_code, begins, ends, what, changed)
VALUES (:kind, :data_code, :begins, :ends, :what, (SELECT coalesce(max(changed), 0) + 1 FROM span))
ON CONFLICT (kind, data_code, begins) DO UPDATE SET ends = excluded.ends, what = excluded.what, changed = excluded.changed
WHERE excluded.ends > span.ends;
