-- What evaluators spent on models of their own.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: evaluator, evaluations (count), cost_usd (US dollars, none where none was reported).
-- Leans on scores' order by project and its months.
SELECT
    evaluator,
    count() AS evaluations,
    toFloat64(sum(scores.cost_usd)) AS cost_usd
FROM scores FINAL
WHERE project = ${project:singlequote}
    AND $__timeFilter(scores.time)
    AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
    AND $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(model IN (${model:singlequote}), $model)
    AND $__conditionalAll(release IN (${release:singlequote}), $release)
    AND source = 'evaluator'
GROUP BY evaluator
ORDER BY cost_usd DESC, evaluator
