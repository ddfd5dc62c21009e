-- Share of the edits that Claude Code proposed and people accepted.
-- Parameters: the range and interval, project, environment, service, release; metrics and log records know no model.
-- Columns: accepted_share (0 to 1, none without decisions).
-- Leans on the order of metrics_points (project, name, minute) and its months.
SELECT if(sum(increase) = 0, NULL, sumIf(increase, attributes['decision'] = 'accept') / sum(increase)) AS accepted_share
FROM (
    -- @include coding_metrics
)
WHERE name = 'claude_code.code_edit_tool.decision'
