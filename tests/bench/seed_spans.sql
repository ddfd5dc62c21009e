-- One day of made-up spans: traces of ten spans by five services with two models each, a release a week, evenly over the day.
-- A session is four traces of one user with one service; one trace in fifty calls one tool three times. Each trace names an order of
-- its own, which is the word that few previews have.
-- Parameters: day (its midnight, UTC), spans (number), first (number of spans before this day).
-- Columns: none.
INSERT INTO spans
(
    project, start_time, duration_ns, trace_id, span_id, parent_span_id, name, status_code, service, environment, release, kind,
    operation, provider, response_model, agent_name, tool_name, prompt_name, prompt_version, session_id, user_id, finish_reasons,
    error_type, input_tokens, output_tokens, cache_read_tokens, time_to_first_chunk_ns, cost_usd, cost_status, input_preview,
    content, received_at, stored_at
)
WITH
    number + {first:UInt64} AS n,
    intDiv(n, 10) AS trace,
    n % 10 AS place,
    intDiv(trace, 4) AS session,
    sipHash64(session) AS luck,
    sipHash64(trace) AS trace_luck,
    arrayElement(['agent', 'llm', 'retriever', 'embedding', 'tool', 'llm', 'tool', 'tool', 'llm', 'llm'], place + 1) AS span_kind_name,
    span_kind_name IN ('llm', 'embedding') AS is_model_call,
    sipHash64(n) % 100 = 0 AS is_failed,
    toInt64(100000000 * exp(randNormal(1.5, 0.8))) AS lasted_ns,
    addNanoseconds({day:DateTime64(9, 'UTC')}, toInt64(number * (86400000000000 / {spans:UInt64}))) AS begun,
    toDateTime64(addNanoseconds(begun, lasted_ns + sipHash64(n) % 3000000000), 3, 'UTC') AS received
SELECT
    'default',
    begun,
    lasted_ns,
    lower(hex(sipHash128(trace))),
    lower(hex(sipHash64(n))),
    if(place = 0, '', lower(hex(sipHash64(n - place)))),
    concat(span_kind_name, ' ', toString(place)),
    if(is_failed, 'Error', 'Ok'),
    concat('service-', toString(luck % 5)),
    if(luck % 20 = 0, 'staging', 'production'),
    concat('1.', toString(intDiv(toDayOfYear({day:DateTime64(9, 'UTC')}), 7))),
    span_kind_name,
    transform(span_kind_name, ['llm', 'tool', 'agent'], ['chat', 'execute_tool', 'invoke_agent'], span_kind_name),
    if(is_model_call, if(luck % 5 < 3, 'openai', 'anthropic'), ''),
    if(is_model_call, concat('model-', toString(luck % 5 + if(place < 6, 0, 1))), ''),
    if(place = 0, concat('agent-', toString(luck % 5)), ''),
    if(span_kind_name = 'tool', concat('tool-', toString(if(trace_luck % 50 = 0, trace, n) % 12)), ''),
    if(span_kind_name = 'llm', concat('prompt-', toString(luck % 5)), ''),
    '1',
    concat('session-', toString(session)),
    concat('user-', toString(luck % 5000)),
    if(span_kind_name = 'llm', [if(trace_luck % 30 = 0, 'length', 'stop')], []),
    if(is_failed, arrayElement(['timeout', 'rate_limit', 'internal'], 1 + trace_luck % 3), ''),
    if(is_model_call, 200 + n % 2000, NULL),
    if(span_kind_name = 'llm', 20 + n % 400, NULL),
    if(span_kind_name = 'llm', n % 200, NULL),
    if(span_kind_name = 'llm', intDiv(lasted_ns, 4), NULL),
    if(is_model_call, toDecimal64((200 + n % 2000) / 1e6, 12), NULL),
    if(is_model_call, 'computed', 'no_usage'),
    concat('How do I return what I bought with order ', toString(trace), '?'),
    multiIf(
        span_kind_name = 'llm', map('gen_ai.input.messages', repeat('{"role":"user","parts":[]}', 4)),
        span_kind_name = 'retriever', map('gen_ai.retrieval.documents', if(trace_luck % 10 = 0, '[]', '[{"id":"a","score":0.75},{"id":"b","score":0.5}]')),
        map()),
    received,
    received + INTERVAL 1 SECOND
FROM numbers({spans:UInt64})
