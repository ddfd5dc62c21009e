-- When somebody was last told of an alert, so that one that goes on is told again.
ALTER TABLE alert_instances ADD COLUMN told_at TIMESTAMP
