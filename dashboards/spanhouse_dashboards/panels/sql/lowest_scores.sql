-- The 20 lowest scores of the range, newest first among equals.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: scored_span (its start), name, score, trace_id, why (explanation or label).
-- Leans on scores' order by project and its months.
SELECT
    scores.time AS scored_span,
    name,
    scores.value AS score,
    trace_id,
    if(explanation = '', label, explanation) AS why
FROM scores FINAL
WHERE project = ${project:singlequote}
    AND $__timeFilter(scores.time)
    AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
    AND $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(model IN (${model:singlequote}), $model)
    AND $__conditionalAll(release IN (${release:singlequote}), $release)
    AND status = 'scored'
    AND scores.value IS NOT NULL
ORDER BY score, scored_span DESC, name, trace_id
LIMIT 20
