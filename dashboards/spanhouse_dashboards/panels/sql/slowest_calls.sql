-- The 20 slowest LLM calls of the range; copies of a span are dropped from the 200 slowest rows, which keeps the sort small.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: start, trace_id, service, model, duration_ms, output_tokens.
-- Leans on the order of spans (project, minute) and its days.
SELECT
    start_time AS start,
    trace_id,
    service,
    model,
    duration_ns / 1e6 AS duration_ms,
    output_tokens
FROM (
    SELECT start_time, trace_id, span_id, service, model, duration_ns, output_tokens
    FROM spans
    WHERE project = ${project:singlequote}
        AND $__timeFilter(start_time)
        AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
        AND $__conditionalAll(service IN (${service:singlequote}), $service)
        AND $__conditionalAll(model IN (${model:singlequote}), $model)
        AND $__conditionalAll(release IN (${release:singlequote}), $release)
        AND kind = 'llm'
    ORDER BY duration_ns DESC
    LIMIT 200
)
ORDER BY duration_ns DESC, trace_id, span_id
LIMIT 1 BY trace_id, span_id
LIMIT 20
