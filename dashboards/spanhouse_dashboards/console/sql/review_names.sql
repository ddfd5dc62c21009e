-- Evaluators' scores of spans in the range, from which a reviewer chooses.
-- Parameters: project; from, to (UTC). Columns: name. Index: scores by month, project, name and minute; at most 200 rows.
SELECT DISTINCT name
FROM scores
WHERE project = {project:String}
    AND time >= {from:DateTime64(3, 'UTC')} AND time < {to:DateTime64(3, 'UTC')}
    AND source = 'evaluator'
    AND target = 'span'
    AND status = 'scored'
ORDER BY name
LIMIT 200
