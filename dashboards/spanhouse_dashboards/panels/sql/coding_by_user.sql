-- The people who work with Claude Code: what they cost and what came of it.
-- Parameters: the range and interval, project, environment, service, release; metrics and log records know no model.
-- Columns: person, sessions (count of different ones), cost_usd (US dollars), tokens, lines_added, lines_removed, commits, pull_requests (counts), accepted_share (of edits, 0 to 1, none without decisions), active_s (seconds).
-- Leans on the order of metrics_points (project, name, minute) and its months.
SELECT
    agent_user AS person,
    uniqExactIf(session, session != '') AS sessions,
    sumIf(increase, name = 'claude_code.cost.usage') AS cost_usd,
    sumIf(increase, name = 'claude_code.token.usage') AS tokens,
    sumIf(increase, name = 'claude_code.lines_of_code.count' AND attributes['type'] = 'added') AS lines_added,
    sumIf(increase, name = 'claude_code.lines_of_code.count' AND attributes['type'] = 'removed') AS lines_removed,
    sumIf(increase, name = 'claude_code.commit.count') AS commits,
    sumIf(increase, name = 'claude_code.pull_request.count') AS pull_requests,
    sumIf(increase, name = 'claude_code.code_edit_tool.decision' AND attributes['decision'] = 'accept')
        / nullIf(sumIf(increase, name = 'claude_code.code_edit_tool.decision'), 0) AS accepted_share,
    sumIf(increase, name = 'claude_code.active_time.total') AS active_s
FROM (
    -- @include coding_metrics
)
GROUP BY person
ORDER BY cost_usd DESC, person
LIMIT 50
