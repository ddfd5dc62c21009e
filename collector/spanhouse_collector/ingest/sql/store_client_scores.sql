-- Turns gen_ai.evaluation.result records of a decoded batch into scores.
-- Parameters: staging, the batch of log records. Columns: none.
-- A record with a span id scores that span, else with a trace id the trace, else with a session the session. Some clients write a
-- span's result as an event of the span too (store_span_scores.sql): in one minute and in the same words it is one score.
INSERT INTO scores
(
    project, time, scored_at, target, trace_id, span_id, session_id, response_id, name, source, status, value, label,
    explanation, reason, input_hash, service, environment, release, attributes
)
WITH
    attributes['gen_ai.evaluation.score.value'] AS value_text,
    attributes['gen_ai.evaluation.score.label'] AS label_text,
    -- @include client_score
    mapFilter((k, v) -> NOT startsWith(k, 'gen_ai.evaluation.'), attributes) AS beside
SELECT
    project,
    time,
    received_at,
    multiIf(span_id != '' OR attributes['gen_ai.response.id'] != '', 'span', trace_id != '', 'trace', 'session'),
    trace_id,
    span_id,
    coalesce(nullIf(attributes['session.id'], ''), attributes['gen_ai.conversation.id']),
    attributes['gen_ai.response.id'],
    attributes['gen_ai.evaluation.name'],
    'client',
    status,
    value,
    label_text,
    attributes['gen_ai.evaluation.explanation'],
    reason,
    if(span_id = '', record_hash, result_hash(value_text, label_text, attributes['gen_ai.evaluation.explanation'], beside)),
    service,
    environment,
    release,
    beside
FROM {staging:Identifier}
WHERE event_name = 'gen_ai.evaluation.result'
-- @include storing
