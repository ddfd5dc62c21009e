-- Why scores have no value: the evaluator failed or found nothing to judge.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: name, outcome (failed or unscored), reason, scores (count).
-- Leans on scores' order by project and its months.
SELECT
    name,
    toString(status) AS outcome,
    reason,
    count() AS scores
FROM scores FINAL
WHERE project = ${project:singlequote}
    AND $__timeFilter(scores.time)
    AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
    AND $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(model IN (${model:singlequote}), $model)
    AND $__conditionalAll(release IN (${release:singlequote}), $release)
    AND status != 'scored'
GROUP BY name, outcome, reason
ORDER BY scores DESC, name, outcome, reason
LIMIT 50
