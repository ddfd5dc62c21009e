-- Counts what spans of each kind did in whole hours, from the deduplicated spans.
-- Parameters: projects and hours (parallel lists, the hours to count), version (ms, Unix time before reading began).
-- Columns: none.
-- Index: the primary key of spans, by project and minute, and of steps_hour.
-- Groups that exist and have no spans any more are written with spans = 0, so that they do not keep their old figures.
INSERT INTO steps_hour
(
    project, hour, service, environment, release, model, kind, step, spans, errors, error_types, finish_reasons, duration_counts,
    first_token_counts, token_time_counts, finished, filtered, duration_max_ns, duration_ns, recorded, documents, empty_results,
    ranked, best_score_sum, loops, version
)
WITH
    found AS (
        SELECT project, toDateTime(toStartOfHour(start_time), 'UTC') AS hour, service, environment, release, model, kind,
            -- @include step
            trace_id, status_code, error_type, finish_reasons, duration_ns, found_documents, best_document_score,
            -- @include token_buckets
        FROM spans FINAL
        WHERE start_time >= first_hour AND start_time < last_hour + INTERVAL 1 HOUR
            AND (project, toStartOfHour(start_time)) IN (SELECT p, h FROM wanted)),
    repeated AS (
        SELECT project, hour, service, environment, release, model, kind, step, trace_id, count() AS calls
        FROM found
        WHERE kind = 'tool'
        GROUP BY project, hour, service, environment, release, model, kind, step, trace_id
        HAVING calls >= 3),
    rows AS (
        SELECT project, hour, service, environment, release, model, kind, step, 1 AS spans, status_code = 'Error' AS is_error,
            if(error_type = '', 'unknown', error_type) AS error, finish_reasons, duration_ns, found_documents, best_document_score,
            arrayFirstIndex(bound_s -> duration_ns <= bound_s * 1e9, [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 1e10]) AS bucket,
            first_token_bucket, token_time_bucket,
            (toUInt64(0), '') AS loop
        FROM found
        UNION ALL
        SELECT project, hour, service, environment, release, model, kind, step, 0, false, '', [], 0, NULL, NULL, 0, 0, 0, (calls, trace_id)
        FROM repeated
        UNION ALL
        SELECT project, hour, service, environment, release, model, kind, step, 0, false, '', [], 0, NULL, NULL, 0, 0, 0, (0, '')
        FROM steps_hour FINAL
        WHERE hour >= first_hour AND hour <= last_hour AND (project, hour) IN (SELECT p, h FROM wanted) AND kind != 'all'),
    -- @include wanted_hours
SELECT
    project, hour, service, environment, release, model, kind, step,
    sum(rows.spans),
    countIf(is_error),
    sumMapIf([error], [toUInt64(1)], is_error),
    sumMapIf(rows.finish_reasons, arrayMap(one -> toUInt64(1), rows.finish_reasons), notEmpty(rows.finish_reasons)),
    countResample(1, 12, 1)(bucket),
    countResample(1, 10, 1)(first_token_bucket),
    countResample(1, 10, 1)(token_time_bucket),
    countIf(notEmpty(rows.finish_reasons)),
    countIf(has(rows.finish_reasons, 'content_filter')),
    maxIf(rows.duration_ns, rows.spans = 1),
    quantilesTDigestStateIf(0.5, 0.95)(rows.duration_ns, rows.spans = 1 AND kind IN ('tool', 'agent', 'workflow')),
    count(rows.found_documents),
    sum(ifNull(rows.found_documents, 0)),
    countIf(rows.found_documents = 0),
    count(rows.best_document_score),
    sum(ifNull(rows.best_document_score, 0)),
    arraySlice(arraySort(one -> (-toInt64(one.1), one.2), groupArrayIf(loop, loop.1 > 0)), 1, 20),
    {version:UInt64}
FROM rows
GROUP BY project, hour, service, environment, release, model, kind, step
-- @include recomputing_hours
