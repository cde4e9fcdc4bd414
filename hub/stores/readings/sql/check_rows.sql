-- The readings that hold of the units looked at.
CREATE OR REPLACE TEMP TABLE checked AS
SELECT s.* FROM said(2147483647, TIMESTAMP '0001-01-01', TIMESTAMP '9999-12-30', $first_unit, $last_unit) AS s
SEMI JOIN chosen USING (unit_id);
