-- Retrievals that found nothing, of those that recorded what they found.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, service, empty_share (0 to 1).
-- Leans on the orders of spans (project, minute), steps_hour and steps_quarter (project, time), and on their days and months.
SELECT
    $__timeInterval(rolled.time) AS time,
    service,
    sum(empty_results) / sum(recorded) AS empty_share
FROM (
    -- @include rolled_steps
) AS rolled
WHERE kind = 'retriever' AND recorded > 0
GROUP BY time, service
ORDER BY time, service
