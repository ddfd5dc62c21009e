-- The 20 users whose model calls cost most.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: user, calls (count), tokens, cost_usd (US dollars, none where no price is known).
-- Leans on the order of spans (project, minute) and its days.
SELECT
    user_id AS user,
    count() AS calls,
    sum(ifNull(input_tokens, 0) + ifNull(output_tokens, 0)) AS tokens,
    toFloat64(sum(spans.cost_usd)) AS cost_usd
FROM spans FINAL
WHERE project = ${project:singlequote}
    AND $__timeFilter(start_time)
    AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
    AND $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(model IN (${model:singlequote}), $model)
    AND $__conditionalAll(release IN (${release:singlequote}), $release)
    AND kind IN ('llm', 'embedding')
    AND user_id != ''
GROUP BY user
ORDER BY cost_usd DESC, user
LIMIT 20
