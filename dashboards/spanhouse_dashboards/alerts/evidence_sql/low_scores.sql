-- Traces with the lowest scores of one name, at most three.
-- Parameters: project, from, to, service, model, release ('' for any), score (its name).
-- Columns: trace_id.
-- Leans on scores' order (project, name, minute).
SELECT trace_id
FROM scores FINAL
WHERE project = {project:String}
    AND name = {score:String}
    AND time >= {from:DateTime64(3, 'UTC')}
    AND time <= {to:DateTime64(3, 'UTC')}
    AND status = 'scored'
    AND trace_id != ''
    AND ({service:String} = '' OR service = {service:String})
    AND ({model:String} = '' OR model = {model:String})
    AND ({release:String} = '' OR release = {release:String})
GROUP BY trace_id
ORDER BY min(scores.value), max(time) DESC
LIMIT 3
