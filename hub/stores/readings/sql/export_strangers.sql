-- Units asked for that the mirrored registry does not have.
SELECT asked.code
FROM unnest($units) AS asked (code)
ANTI JOIN unit AS u ON u.credit_code = asked.code
ORDER BY asked.code;
