-- The instant says what the flag said.
ALTER TABLE alert_instances DROP COLUMN is_told
