-- Where was searched: each vector store, index or collection, and what it was asked to do.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: system, source, operation, service, calls (count), error_rate (0 to 1), empty_share (0 to 1, of those that recorded what they found), p50, p95 (milliseconds).
-- Leans on the orders of spans (project, minute) and retrievals_hour (project, hour), and on their days and months.
-- There is no axis of time, so whole hours will do.
WITH 3600 AS grain_s
SELECT
    system,
    source,
    searched_by AS operation,
    service,
    sum(rolled.calls) AS calls,
    sum(errors) / calls AS error_rate,
    sum(empty_results) / sum(recorded) AS empty_share,
    quantilesTDigestMerge(0.5, 0.95)(duration_ns)[1] / 1e6 AS p50,
    quantilesTDigestMerge(0.5, 0.95)(duration_ns)[2] / 1e6 AS p95
FROM (
    -- @include rolled_retrievals
) AS rolled
GROUP BY system, source, operation, service
ORDER BY calls DESC, system, source, operation, service
LIMIT 50
