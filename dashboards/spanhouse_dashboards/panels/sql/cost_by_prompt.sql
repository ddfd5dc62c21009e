-- What each prompt and version costs: a prompt is what an application calls one of its features by.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: prompt, version, calls (count), tokens, cost_usd, cost_per_call_usd (US dollars, none where no price is known).
-- Leans on the order of spans_minute, spans_hour and spans_quarter (project, time).
SELECT
    prompt_name AS prompt,
    prompt_version AS version,
    sum(spans) AS calls,
    sum(input_tokens) + sum(output_tokens) AS tokens,
    if(sum(priced_spans) = 0, NULL, toFloat64(sum(spans_minute.cost_usd))) AS cost_usd,
    cost_usd / sum(priced_spans) AS cost_per_call_usd
FROM (
    -- @include rolled_spans
) AS spans_minute
WHERE
    -- @include rolled_filters
    AND kind = 'llm'
    AND prompt_name != ''
GROUP BY prompt, version
HAVING calls > 0
ORDER BY cost_usd DESC, prompt, version
LIMIT 50
