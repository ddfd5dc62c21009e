-- Turns what a batch's translations say of scores (dialects/evaluations.py) into scores.
-- Parameters: staging, the batch of spans. Columns: none.
-- An evaluator's own span scores the span it links to, else the one that called it, else itself. The key is the span's and the
-- result's, so a batch stored again gives the same rows, and a result that comes as a log record too (store_client_scores.sql) is one.
INSERT INTO scores
(
    project, time, scored_at, target, trace_id, span_id, session_id, response_id, name, source, evaluator, status, value, label,
    explanation, reason, input_hash, service, environment, release, model, prompt_name, prompt_version, attributes
)
WITH
    said AS (
        SELECT *, arrayJoin(JSONExtract(translated['spanhouse.evaluations'],
            'Array(Tuple(about String, name String, score String, label String, explanation String, annotator_kind String, identifier String,
                response_id String, session_id String, time_ns Int64, attributes Map(String, String)))')) AS one
        FROM {staging:Identifier}
        WHERE translated['spanhouse.evaluations'] != '' AND NOT needs_translation),
    one.score AS value_text,
    one.label AS label_text,
    -- @include client_score
    one.about = 'caller' AND length(links.span_id) = 1 AS is_linked,
    one.about = 'session' AND session_id != '' AS is_of_session
SELECT
    project,
    if(one.time_ns = 0, start_time, fromUnixTimestamp64Nano(one.time_ns, 'UTC')),
    received_at,
    multiIf(is_of_session, 'session', one.about IN ('session', 'trace'), 'trace', 'span'),
    multiIf(is_of_session, '', is_linked, `links.trace_id`[1], said.trace_id),
    multiIf(one.about IN ('session', 'trace'), '', is_linked, `links.span_id`[1], one.about = 'caller' AND parent_span_id != '', parent_span_id, said.span_id),
    if(one.about = 'session', said.session_id, one.session_id),
    one.response_id,
    one.name,
    if(upper(one.annotator_kind) = 'HUMAN', 'person', 'client'),
    multiIf(one.identifier != '', one.identifier, one.about = 'caller', said.name, ''),
    status,
    value,
    label_text,
    one.explanation,
    reason,
    result_hash(value_text, label_text, one.explanation, CAST(one.attributes, 'Map(LowCardinality(String), String)')),
    service,
    environment,
    release,
    if(one.about = 'span', if(response_model = '', request_model, response_model), ''),
    if(one.about = 'span', said.prompt_name, ''),
    if(one.about = 'span', said.prompt_version, ''),
    CAST(one.attributes, 'Map(LowCardinality(String), String)')
FROM said
-- @include storing
