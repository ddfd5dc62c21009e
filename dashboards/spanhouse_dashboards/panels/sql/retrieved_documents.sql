-- How many documents a retrieval found, of those that recorded them.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, service, documents (mean).
-- Leans on the orders of spans (project, minute), steps_hour and steps_quarter (project, time), and on their days and months.
SELECT
    $__timeInterval(rolled.time) AS time,
    service,
    sum(rolled.documents) / sum(recorded) AS documents
FROM (
    -- @include rolled_steps
) AS rolled
WHERE kind = 'retriever' AND recorded > 0
GROUP BY time, service
ORDER BY time, service
