-- Every unit that says anything, or of which anything is kept: one without a card is just what a check looks for.
SELECT unit_id FROM reading
UNION
SELECT unit_id FROM card
UNION
SELECT unit_id FROM energy
ORDER BY unit_id;
