-- One line for each of some traces. A trace's head is its root span, or its earliest span where the root is missing.
-- Parameters: project; start_ns, end_ns (Unix nanoseconds between which these traces begin); traces (ids).
-- Columns: trace_id, start_ns, duration_ns, root_name, root_kind, service, environment, release, has_root, spans, errors,
-- is_failed (the head failed), tokens, cost_usd (NULL: no span was priced), unpriced (model calls without a price), model (of the
-- first call of a language model, else of the first span that names one), models, session_id, user_id, input_preview, output_preview, error_text. Index: spans by project, minute, trace hash.
WITH
    -- In one aggregate, which is planned faster than six.
    argMin(
        (s.name, s.kind, s.service, s.environment, s.release, s.status_code = 'Error'), (s.parent_span_id != '', s.start_time)
    ) AS head
SELECT
    s.trace_id AS trace_id,
    toUnixTimestamp64Nano(min(s.start_time)) AS start_ns,
    max(toUnixTimestamp64Nano(s.start_time) + greatest(s.duration_ns, 0)) - start_ns AS duration_ns,
    head.1 AS root_name,
    head.2 AS root_kind,
    head.3 AS service,
    head.4 AS environment,
    head.5 AS release,
    head.6 AS is_failed,
    countIf(s.parent_span_id = '') > 0 AS has_root,
    count() AS spans,
    countIf(s.status_code = 'Error') AS errors,
    sumIf(coalesce(s.input_tokens, 0) + coalesce(s.output_tokens, 0), s.cost_status != 'roll_up') AS tokens,
    if(countIf(s.cost_usd IS NOT NULL) = 0, NULL, toFloat64(sum(s.cost_usd))) AS cost_usd,
    countIf(s.cost_status = 'unknown_model') AS unpriced,
    argMinIf(s.model, (s.kind != 'llm', s.start_time), s.model != '') AS model,
    uniqExactIf(s.model, s.model != '') AS models,
    anyIf(s.session_id, s.session_id != '') AS session_id,
    anyIf(s.user_id, s.user_id != '') AS user_id,
    argMinIf(s.input_preview, (s.parent_span_id != '', s.start_time), s.input_preview != '') AS input_preview,
    argMaxIf(s.output_preview, (s.parent_span_id = '', s.start_time), s.output_preview != '') AS output_preview,
    argMinIf(if(s.status_message = '', toString(s.error_type), s.status_message), s.start_time, s.status_code = 'Error') AS error_text
FROM spans AS s FINAL
WHERE s.project = {project:String}
    AND s.start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
    AND s.start_time <= fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC') + INTERVAL 1 HOUR
    AND s.trace_id IN {traces:Array(String)}
GROUP BY s.trace_id
-- Few rows, and trace_badges runs beside it: a second thread costs more than it saves.
SETTINGS max_threads = 1
