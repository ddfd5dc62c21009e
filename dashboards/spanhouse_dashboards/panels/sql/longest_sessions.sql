-- The 20 sessions with the most traces.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: session, user, traces, calls, errors (counts), cost_usd (US dollars, none where no price is known).
-- Leans on the order of spans (project, minute) and its days.
SELECT
    session_id AS session,
    max(user_id) AS user,
    countIf(parent_span_id = '') AS traces,
    countIf(kind = 'llm') AS calls,
    countIf(status_code = 'Error') AS errors,
    toFloat64(sumIf(spans.cost_usd, kind IN ('llm', 'embedding'))) AS cost_usd
FROM spans FINAL
WHERE project = ${project:singlequote}
    AND $__timeFilter(start_time)
    AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
    AND $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(model IN (${model:singlequote}), $model)
    AND $__conditionalAll(release IN (${release:singlequote}), $release)
    AND session_id != ''
GROUP BY session
ORDER BY traces DESC, session
LIMIT 20
