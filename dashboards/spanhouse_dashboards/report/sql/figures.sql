-- The main figures of a week of LLM calls.
-- Parameters: project; from, to (UTC, whole hours).
-- Columns: calls, errors, error_rate (0 to 1), p95_ms, first_token_p95_ms, input_tokens, output_tokens, cost_usd, unpriced_calls (with
-- tokens, and without a known price).
-- Index: spans_hour by project and hour, spans_minute by project and minute.
SELECT
    sum(rolled.calls) AS calls,
    sum(rolled.errors) AS errors,
    if(calls = 0, NULL, errors / calls) AS error_rate,
    if(calls = 0, NULL, quantilesTDigestMerge(0.5, 0.9, 0.95, 0.99)(duration_ns)[3] / 1e6) AS p95_ms,
    if(sum(first_chunk_spans) = 0, NULL, quantilesTDigestMerge(0.5, 0.9, 0.95, 0.99)(time_to_first_chunk_ns)[3] / 1e6) AS first_token_p95_ms,
    sum(rolled.input_tokens) AS input_tokens,
    sum(rolled.output_tokens) AS output_tokens,
    toFloat64(sum(rolled.cost_usd)) AS cost_usd,
    greatest(toInt64(sum(usage_spans)) - toInt64(sum(priced_spans)), 0) AS unpriced_calls
FROM (
    -- @include rolled_calls
) AS rolled
WHERE time >= {from:DateTime64(3, 'UTC')} AND time < {to:DateTime64(3, 'UTC')}
