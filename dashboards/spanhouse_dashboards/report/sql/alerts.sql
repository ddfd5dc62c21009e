-- Which alert rules fired in a week and how often, with what the latest of them said.
-- Parameters: project; from, to (UTC).
-- Columns: rule, fired (times), segments (different ones), message (of the latest).
-- Index: alerts by project and rule.
SELECT
    rule,
    count() AS fired,
    uniqExact(segment) AS segments,
    argMax(alerts.message, changed_at) AS message
FROM alerts
WHERE project = {project:String}
    AND changed_at >= {from:DateTime64(3, 'UTC')} AND changed_at < {to:DateTime64(3, 'UTC')}
    AND state = 'firing'
GROUP BY rule
ORDER BY fired DESC, rule
LIMIT 100
