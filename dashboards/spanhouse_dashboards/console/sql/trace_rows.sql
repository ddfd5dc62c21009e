-- One line for each of some traces. A trace's head is its root span, or its earliest span where the root is missing.
-- Parameters: project; start_ns, end_ns (Unix nanoseconds between which these traces begin); traces (ids).
-- Columns: trace_id, start_ns, duration_ns, root_name, root_kind, service, environment, release, has_root, spans, errors,
-- is_failed (the head failed), tokens, cost_usd (NULL: no span was priced), unpriced (model calls without a price), model (the
-- first), models, session_id, user_id, input_preview, output_preview, error_text. Index: spans by project, minute, trace hash.
SELECT
    trace_id,
    toUnixTimestamp64Nano(min(start_time)) AS start_ns,
    max(toUnixTimestamp64Nano(start_time) + greatest(duration_ns, 0)) - start_ns AS duration_ns,
    argMin(name, (parent_span_id != '', start_time)) AS root_name,
    argMin(kind, (parent_span_id != '', start_time)) AS root_kind,
    argMin(service, (parent_span_id != '', start_time)) AS service,
    argMin(environment, (parent_span_id != '', start_time)) AS environment,
    argMin(release, (parent_span_id != '', start_time)) AS release,
    countIf(parent_span_id = '') > 0 AS has_root,
    count() AS spans,
    countIf(status_code = 'Error') AS errors,
    argMin(status_code = 'Error', (parent_span_id != '', start_time)) AS is_failed,
    sumIf(coalesce(input_tokens, 0) + coalesce(output_tokens, 0), cost_status != 'roll_up') AS tokens,
    if(countIf(cost_usd IS NOT NULL) = 0, NULL, toFloat64(sum(cost_usd))) AS cost_usd,
    countIf(cost_status = 'unknown_model') AS unpriced,
    argMinIf(model, start_time, model != '') AS model,
    uniqExactIf(model, model != '') AS models,
    anyIf(session_id, session_id != '') AS session_id,
    anyIf(user_id, user_id != '') AS user_id,
    argMinIf(input_preview, (parent_span_id != '', start_time), input_preview != '') AS input_preview,
    argMaxIf(output_preview, (parent_span_id = '', start_time), output_preview != '') AS output_preview,
    argMinIf(if(status_message = '', toString(error_type), status_message), start_time, status_code = 'Error') AS error_text
FROM spans FINAL
WHERE project = {project:String}
    AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
    AND start_time <= fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC') + INTERVAL 1 HOUR
    AND trace_id IN {traces:Array(String)}
GROUP BY trace_id
