-- The 20 sessions whose model calls cost most.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: session, calls (count), tokens, cost_usd (US dollars, none where no price is known).
-- Leans on the order of spans (project, minute) and its days.
SELECT
    session_id AS session,
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
    AND session_id != ''
GROUP BY session
ORDER BY cost_usd DESC, session
LIMIT 20
