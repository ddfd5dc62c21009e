-- Evaluations of the range's spans, by evaluator and outcome.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, evaluator, outcome, scores (count).
-- Leans on scores' order by project and its months.
SELECT
    $__timeInterval(scores.time) AS time,
    evaluator,
    toString(status) AS outcome,
    count() AS scores
FROM scores FINAL
WHERE project = ${project:singlequote}
    AND $__timeFilter(scores.time)
    AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
    AND $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(model IN (${model:singlequote}), $model)
    AND $__conditionalAll(release IN (${release:singlequote}), $release)
    AND source = 'evaluator'
GROUP BY time, evaluator, outcome
ORDER BY time, evaluator, outcome
