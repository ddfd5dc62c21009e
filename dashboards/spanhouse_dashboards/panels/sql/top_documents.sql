-- The documents that are found most often.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: document (its id), times (count), services (count of different ones), score (mean, in the search engine's own scale, none where none was told).
-- Leans on the orders of spans (project, minute) and retrievals_hour (project, hour), and on their days and months.
-- There is no axis of time, so whole hours will do.
WITH 3600 AS grain_s
SELECT
    document,
    sum(found_times) AS times,
    uniqExact(service) AS services,
    sum(found_score_sum) / nullIf(sum(found_ranked), 0) AS score
FROM (
    -- @include rolled_retrievals
) AS rolled
ARRAY JOIN
    document_ids AS document, document_times AS found_times, document_ranked AS found_ranked, document_score_sums AS found_score_sum
GROUP BY document
ORDER BY times DESC, document
LIMIT 50
