-- The commonest reasons for which LLM calls failed in a week, and what those calls cost all the same.
-- Parameters: project; from, to (UTC).
-- Columns: error, errors, cost_usd, trace_id (of the newest).
-- Index: spans by project and minute.
SELECT
    if(error_type = '', 'unnamed', error_type) AS error,
    count() AS errors,
    toFloat64(sum(ifNull(spans.cost_usd, 0))) AS cost_usd,
    argMax(spans.trace_id, start_time) AS trace_id
FROM spans FINAL
WHERE project = {project:String}
    AND start_time >= {from:DateTime64(3, 'UTC')} AND start_time < {to:DateTime64(3, 'UTC')}
    AND kind = 'llm'
    AND status_code = 'Error'
GROUP BY error
ORDER BY errors DESC, error
LIMIT 10
