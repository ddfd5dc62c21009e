-- Counts where was searched in whole hours and what was found, from the deduplicated spans.
-- Parameters: projects and hours (parallel lists, the hours to count), version (ms, Unix time before reading began).
-- Columns: none.
-- Index: the primary key of spans, by project and minute, and of retrievals_hour.
-- Groups that exist and have no retrievals any more are written with calls = 0, so that they do not keep their old figures.
INSERT INTO retrievals_hour
(
    project, hour, service, environment, release, model, system, source, operation, calls, errors, recorded, empty_results, duration_ns,
    found.document, found.times, found.ranked, found.score_sum, version
)
WITH
    rows AS (
        SELECT project, toDateTime(toStartOfHour(start_time), 'UTC') AS hour, service, environment, release, model,
            -- @include searched
            1 AS calls, status_code = 'Error' AS is_error, found_documents, duration_ns,
            -- @include documents_found
        FROM spans FINAL
        -- No other kind of span becomes a retrieval, so the wide columns are read of these alone.
        PREWHERE kind = 'retriever'
        WHERE start_time >= first_hour AND start_time < last_hour + INTERVAL 1 HOUR
            AND (project, toStartOfHour(start_time)) IN (SELECT p, h FROM wanted)
        UNION ALL
        SELECT project, hour, service, environment, release, model, system, source, operation, 0, false, NULL, 0, [], [], []
        FROM retrievals_hour FINAL
        WHERE hour >= first_hour AND hour <= last_hour AND (project, hour) IN (SELECT p, h FROM wanted)),
    sumMap(
        document_ids,
        arrayMap(one -> toUInt64(1), document_ids),
        arrayMap(one -> toUInt64(one IS NOT NULL), document_scores),
        arrayMap(one -> ifNull(one, 0), document_scores)) AS documents,
    -- @include wanted_hours
SELECT
    project, hour, service, environment, release, model, system, source, searched_by,
    sum(rows.calls),
    countIf(is_error),
    count(rows.found_documents),
    countIf(rows.found_documents = 0),
    quantilesTDigestStateIf(0.5, 0.95)(rows.duration_ns, rows.calls = 1),
    documents.1, documents.2, documents.3, documents.4,
    {version:UInt64}
FROM rows
GROUP BY project, hour, service, environment, release, model, system, source, searched_by
-- @include recomputing_hours
