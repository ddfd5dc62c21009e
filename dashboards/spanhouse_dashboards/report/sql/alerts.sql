-- Which alert rules fired in a week and how often, and which had not ended when it was over, with what the latest of them said.
-- Parameters: project; from, to (UTC).
-- Columns: rule, fired (times in the week), segments (different ones that fired in it or had not ended), not_ended (segments),
-- fired_at (UTC, the latest), message (of the latest).
-- Index: alerts by month, project and rule. What fired more than 90 days before the week is left out, as of a rule that was taken
-- away while it fired no end is known.
SELECT
    rule,
    sum(times) AS fired,
    count() AS segments,
    countIf(is_open) AS not_ended,
    max(latest) AS fired_at,
    argMax(said, latest) AS message
FROM (
    SELECT
        rule,
        countIf(state = 'firing' AND changed_at >= {from:DateTime64(3, 'UTC')}) AS times,
        argMax(state, changed_at) = 'firing' AS is_open,
        maxIf(changed_at, state = 'firing') AS latest,
        argMaxIf(alerts.message, changed_at, state = 'firing') AS said
    FROM alerts
    WHERE project = {project:String}
        AND changed_at >= {from:DateTime64(3, 'UTC')} - INTERVAL 90 DAY AND changed_at < {to:DateTime64(3, 'UTC')}
    GROUP BY rule, segment
    HAVING times > 0 OR is_open
)
GROUP BY rule
ORDER BY fired DESC, rule
LIMIT 100
