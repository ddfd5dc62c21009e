-- Why scores of the range have no value, the commonest reasons first, each with its newest example.
-- Parameters: project; from, to (UTC); environment, service, model, release ('': all).
-- Columns: name, status, reason, times, newest (UTC), trace_id, span_id, explanation (of the newest).
-- Index: scores by month and project; at most 50 rows.
SELECT
    name,
    toString(status) AS status,
    toString(reason) AS reason,
    count() AS times,
    max(scored_at) AS newest,
    argMax(trace_id, scored_at) AS trace_id,
    argMax(span_id, scored_at) AS span_id,
    argMax(explanation, scored_at) AS explanation
FROM scores FINAL
WHERE project = {project:String}
    AND time >= {from:DateTime64(3, 'UTC')} AND time < {to:DateTime64(3, 'UTC')}
    AND ({environment:String} = '' OR environment = {environment:String})
    AND ({service:String} = '' OR service = {service:String})
    AND ({model:String} = '' OR model = {model:String})
    AND ({release:String} = '' OR release = {release:String})
    AND status != 'scored'
GROUP BY name, status, reason
ORDER BY times DESC, name, reason
LIMIT 50
