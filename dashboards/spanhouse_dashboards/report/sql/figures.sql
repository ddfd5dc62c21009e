-- The main figures of a week of LLM calls.
-- Parameters: project; from, to (UTC).
-- Columns: calls, errors, error_rate (0 to 1), p95_ms, first_token_p95_ms, input_tokens, output_tokens, cost_usd, priced_calls.
-- Index: spans_minute by project and minute.
SELECT
    sum(spans) AS calls,
    sum(spans_minute.errors) AS errors,
    if(calls = 0, NULL, errors / calls) AS error_rate,
    if(calls = 0, NULL, quantilesTDigestMerge(0.5, 0.9, 0.95, 0.99)(duration_ns)[3] / 1e6) AS p95_ms,
    if(sum(first_chunk_spans) = 0, NULL, quantilesTDigestMerge(0.5, 0.9, 0.95, 0.99)(time_to_first_chunk_ns)[3] / 1e6) AS first_token_p95_ms,
    sum(spans_minute.input_tokens) AS input_tokens,
    sum(spans_minute.output_tokens) AS output_tokens,
    toFloat64(sum(spans_minute.cost_usd)) AS cost_usd,
    sum(priced_spans) AS priced_calls
FROM spans_minute FINAL
WHERE project = {project:String}
    AND minute >= {from:DateTime64(3, 'UTC')} AND minute < {to:DateTime64(3, 'UTC')}
    AND kind = 'llm'
