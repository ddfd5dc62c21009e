-- Changes of alerts in the range, the newest first.
-- Parameters: project; from, to (UTC). Columns: rule, keys and labels (of the segment, in pairs), state, changed_at, active_since
-- (UTC), value, threshold, message. Index: alerts by month and project; at most 200 rows.
SELECT
    rule,
    mapKeys(segment) AS keys,
    mapValues(segment) AS labels,
    toString(state) AS state,
    changed_at,
    active_since,
    value,
    threshold,
    message
FROM alerts
WHERE project = {project:String}
    AND changed_at >= {from:DateTime64(3, 'UTC')} AND changed_at <= {to:DateTime64(3, 'UTC')}
ORDER BY changed_at DESC, rule
LIMIT 200
