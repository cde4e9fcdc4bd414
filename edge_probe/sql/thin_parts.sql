-- Parts of which the others never came.
DELETE FROM part WHERE start < :before;
