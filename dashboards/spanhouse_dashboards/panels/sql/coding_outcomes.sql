-- What came of Claude Code's sessions: the furthest that each got within the range.
-- Parameters: the range and interval, project, environment, service, release; metrics and log records know no model.
-- Columns: outcome, sessions (count), cost_usd (US dollars).
-- Leans on the order of metrics_points (project, name, minute) and its months.
SELECT outcome, count() AS sessions, sum(spent_usd) AS cost_usd
FROM (
    SELECT
        multiIf(
            sumIf(increase, name = 'claude_code.pull_request.count') > 0, 'pull request',
            sumIf(increase, name = 'claude_code.commit.count') > 0, 'commit',
            sumIf(increase, name = 'claude_code.lines_of_code.count') > 0, 'changed lines',
            'nothing changed') AS outcome,
        sumIf(increase, name = 'claude_code.cost.usage') AS spent_usd
    FROM (
        -- @include coding_metrics
    )
    WHERE session != ''
    GROUP BY session
)
GROUP BY outcome
ORDER BY sessions DESC, outcome
