-- Traces with LLM calls that show what is wrong, the worst first, at most three.
-- Parameters: project, from, to, service, model, release ('' for any), wanted (failed, slow, slow_start, costly or newest).
-- Columns: trace_id.
-- Leans on the order of spans (project, minute).
SELECT trace_id
FROM spans FINAL
WHERE project = {project:String}
    AND start_time >= {from:DateTime64(3, 'UTC')}
    AND start_time <= {to:DateTime64(3, 'UTC')}
    AND kind = 'llm'
    AND ({service:String} = '' OR service = {service:String})
    AND ({model:String} = '' OR model = {model:String})
    AND ({release:String} = '' OR release = {release:String})
    AND ({wanted:String} != 'failed' OR status_code = 'Error')
GROUP BY trace_id
ORDER BY
    multiIf(
        {wanted:String} = 'slow', toFloat64(max(duration_ns)),
        {wanted:String} = 'slow_start', toFloat64(max(ifNull(time_to_first_chunk_ns, 0))),
        {wanted:String} = 'costly', toFloat64(sum(ifNull(cost_usd, 0))),
        0
    ) DESC,
    max(start_time) DESC
LIMIT 3
