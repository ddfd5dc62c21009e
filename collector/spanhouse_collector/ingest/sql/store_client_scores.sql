-- Turns gen_ai.evaluation.result records of a decoded batch into scores.
-- Parameters: staging, the batch of log records. Columns: none.
-- A record with a span id scores that span, else with a trace id the trace, else with a session the session.
INSERT INTO scores
(
    project, time, scored_at, target, trace_id, span_id, session_id, response_id, name, source, status, value, label,
    explanation, reason, input_hash, service, environment, release, attributes
)
WITH
    attributes['gen_ai.evaluation.score.value'] AS value_text,
    accurateCastOrNull(toFloat64OrNull(value_text), 'Float64') AS number,
    attributes['gen_ai.evaluation.score.label'] AS label_text
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
    if((number IS NOT NULL AND isFinite(number)) OR label_text != '', 'scored', 'unscored'),
    if(isFinite(number), number, NULL),
    label_text,
    attributes['gen_ai.evaluation.explanation'],
    multiIf(label_text != '' OR isFinite(number), '', value_text = '', 'no value and no label', 'value is not a finite number'),
    record_hash,
    service,
    environment,
    release,
    mapFilter((k, v) -> NOT startsWith(k, 'gen_ai.evaluation.'), attributes)
FROM {staging:Identifier}
WHERE event_name = 'gen_ai.evaluation.result'
