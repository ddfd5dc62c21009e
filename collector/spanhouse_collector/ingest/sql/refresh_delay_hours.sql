-- Counts how long spans of whole hours took to arrive and to be stored, and which name an experiment: copies included, over all kinds.
-- Parameters: projects and hours (parallel lists, the hours to count), version (ms, Unix time before reading began).
-- Columns: none.
-- Index: the primary key of spans, by project and minute, and of steps_hour.
-- Groups that exist and have no spans any more are written with spans = 0, so that they do not keep their old figures.
INSERT INTO steps_hour (project, hour, service, environment, release, model, kind, spans, transit_ms, storing_ms, experiments, version)
WITH
    rows AS (
        SELECT project, toDateTime(toStartOfHour(start_time), 'UTC') AS hour, service, environment, release, model, 1 AS spans,
            greatest(0, dateDiff('millisecond', start_time, received_at) - duration_ns / 1e6) AS arrived,
            toFloat64(greatest(0, dateDiff('millisecond', received_at, stored_at))) AS stored,
            mapContains(attributes, 'spanhouse.metadata.experiment') OR mapContains(attributes, 'langfuse.experiment.name')
                OR mapContains(attributes, 'experiment.name') OR mapContains(translated, 'spanhouse.metadata.experiment') AS is_experiment
        FROM spans
        WHERE start_time >= first_hour AND start_time < last_hour + INTERVAL 1 HOUR
            AND (project, toStartOfHour(start_time)) IN (SELECT p, h FROM wanted)
        UNION ALL
        SELECT project, hour, service, environment, release, model, 0, 0, 0, false
        FROM steps_hour FINAL
        WHERE hour >= first_hour AND hour <= last_hour AND (project, hour) IN (SELECT p, h FROM wanted) AND kind = 'all'),
    -- @include wanted_hours
SELECT
    project, hour, service, environment, release, model, 'all',
    sum(rows.spans),
    quantileTDigestStateIf(0.95)(arrived, rows.spans = 1),
    quantileTDigestStateIf(0.95)(stored, rows.spans = 1),
    countIf(is_experiment),
    {version:UInt64}
FROM rows
GROUP BY project, hour, service, environment, release, model
