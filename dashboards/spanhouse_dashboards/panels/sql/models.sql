-- Models by what they cost: how often they were called, how often they failed, what they took and gave.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: provider, model, calls (count), error_rate (0 to 1), input_tokens, output_tokens, cost_usd (US dollars, none where no price is known).
-- Leans on the order of spans_minute, spans_hour and spans_quarter (project, time).
SELECT
    provider,
    model,
    sum(spans) AS calls,
    sum(errors) / calls AS error_rate,
    sum(spans_minute.input_tokens) AS input_tokens,
    sum(spans_minute.output_tokens) AS output_tokens,
    if(sum(priced_spans) = 0, NULL, toFloat64(sum(spans_minute.cost_usd))) AS cost_usd
FROM (
    -- @include rolled_spans
) AS spans_minute
WHERE
    -- @include rolled_filters
    AND kind IN ('llm', 'embedding')
GROUP BY provider, model
HAVING calls > 0
ORDER BY cost_usd DESC, calls DESC, provider, model
LIMIT 50
