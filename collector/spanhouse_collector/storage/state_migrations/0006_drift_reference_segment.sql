-- References are of any segment, no longer of models alone.
ALTER TABLE drift_references RENAME COLUMN model TO segment
