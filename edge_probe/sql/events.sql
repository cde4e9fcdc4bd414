-- The newest events, newest first.
SELECT at, source, kind, detail FROM event ORDER BY number DESC LIMIT :limit;
