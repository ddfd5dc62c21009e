-- Who was told before this column was there was told when the alert was last seen beyond its threshold, at the latest.
UPDATE alert_instances SET told_at = breached_at WHERE is_told
