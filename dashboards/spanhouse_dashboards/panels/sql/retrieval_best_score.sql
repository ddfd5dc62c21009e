-- How well the best document of a retrieval matched, as the search engine scored it.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, service, best_score (mean; its scale is the engine's).
-- Leans on the orders of spans (project, minute), steps_hour and steps_quarter (project, time), and on their days and months.
SELECT
    $__timeInterval(rolled.time) AS time,
    service,
    sum(best_score_sum) / sum(ranked) AS best_score
FROM (
    -- @include rolled_steps
) AS rolled
WHERE kind = 'retriever' AND ranked > 0
GROUP BY time, service
ORDER BY time, service
