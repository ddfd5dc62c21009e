-- One day of LLM calls of a support assistant, busier by day than by night, with the labelled incidents that fall into it.
-- Parameters: day (its midnight, UTC), number (of the day, from 0).
-- Columns: none.
-- Incidents: day 8, 10:00 to 14:00, latency ramps up to five times; day 12, 15:00 to 15:40, the provider fails six calls in ten;
-- day 20, 09:00 to 12:00, prompts become 200 times longer; day 26, 10:00 to 12:00, silence. The model swap of day 16 and
-- the evaluator's outage of day 24 are in the scores.
INSERT INTO spans
(
    project, start_time, duration_ns, trace_id, span_id, status_code, service, environment, release, kind, operation, provider,
    response_model, input_tokens, output_tokens, time_to_first_chunk_ns, cost_usd, cost_status, received_at
)
WITH
    sipHash64(number, {number:UInt16}) AS luck,
    addSeconds({day:DateTime64(9, 'UTC')}, 10 * number + luck % 10) AS began,
    number / 360 AS hour,
    0.25 + 0.75 * pow(sin(pi() * hour / 24), 2) AS busy,
    if({number:UInt16} = 8 AND hour >= 10 AND hour < 14, 1 + (hour - 10), 1) AS slowness,
    {number:UInt16} = 12 AND hour >= 15 AND hour < 15.667 AS is_outage,
    if({number:UInt16} = 20 AND hour >= 9 AND hour < 12, 200, 1) AS verbosity,
    {number:UInt16} = 26 AND hour >= 10 AND hour < 12 AS is_silent,
    toInt64(1.2e9 * exp(0.5 * sqrt(-2 * log((luck % 100003 + 1) / 100005)) * cos(2 * pi() * (luck % 99991) / 99991)) * slowness) AS lasted_ns,
    (luck % 1000) < if(is_outage, 600, 10) AS is_failed,
    (500 + luck % 1000) * verbosity AS tokens
SELECT
    'default', began, lasted_ns, lower(hex(sipHash128(number, {number:UInt16}))), lower(hex(luck)), if(is_failed, 'Error', 'Ok'),
    'assistant', 'production', '1', 'llm', 'chat', 'openai', 'small', tokens, 100 + luck % 200, intDiv(lasted_ns, 4),
    toDecimal64(tokens * 0.000001, 12), 'computed', began
FROM numbers(8640)
WHERE (luck % 10007) / 10007 < busy AND NOT is_silent
