-- Minutes with spans that report a call which another span reports better, in and beside minutes that changed.
-- Parameters: projects and minutes (parallel lists, the minutes that changed); clients, the scopes of those that record their own calls.
-- Columns: project, minute.
-- Index: the primary key of spans, by project and minute.
WITH
    -- @include repeats
SELECT DISTINCT project, toDateTime(toStartOfMinute(start_time), 'UTC') AS minute
FROM repeats
