-- The 20 users whose model calls cost most.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: user, calls (count), tokens, cost_usd (US dollars, none where no price is known).
-- Leans on the orders of spans (project, minute), sessions_hour (project, hour) and users_day (project, day), and on their days and months.
-- There is no axis of time, so whole days will do.
WITH 86400 AS grain_s
SELECT
    user_id AS user,
    sum(model_calls) AS calls,
    sum(rolled.tokens) AS tokens,
    if(sum(priced_calls) = 0, NULL, toFloat64(sum(rolled.cost_usd))) AS cost_usd
FROM (
    SELECT
        user_id,
        toUInt64(1) AS model_calls,
        ifNull(input_tokens, 0) + ifNull(output_tokens, 0) AS tokens,
        toDecimal128(ifNull(spans.cost_usd, 0), 12) AS cost_usd,
        toUInt64(spans.cost_usd IS NOT NULL) AS priced_calls
    FROM spans FINAL
    WHERE project = ${project:singlequote} AND user_id != '' AND kind IN ('llm', 'embedding') AND
        -- @include in_day_spans
    UNION ALL
    SELECT user_id, model_calls, tokens, cost_usd, priced_calls
    FROM sessions_hour FINAL
    WHERE project = ${project:singlequote} AND user_id != '' AND model_calls > 0 AND
        -- @include in_day_hours
    UNION ALL
    SELECT user_id, model_calls, tokens, cost_usd, priced_calls
    FROM users_day FINAL
    WHERE project = ${project:singlequote} AND user_id != '' AND model_calls > 0 AND
        -- @include in_days
) AS rolled
GROUP BY user
ORDER BY cost_usd DESC, user
LIMIT 20
