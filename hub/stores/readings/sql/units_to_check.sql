-- Every unit that says anything, or of which anything is kept: one without a card is just what a check looks for.
SELECT unit_id FROM reading
UNION
SELECT unit_id FROM card
UNION
SELECT unit_id FROM energy
UNION
SELECT unit_id FROM replaced
UNION
SELECT unit_id FROM confirmed
UNION
SELECT unit_id FROM outdated
UNION
SELECT unit_id FROM verdict
ORDER BY unit_id;
