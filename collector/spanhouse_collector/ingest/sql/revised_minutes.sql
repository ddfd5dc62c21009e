-- Minutes in which a run of re-pricing changed costs, and how many.
-- Parameters: project, first and until (the range of start times, until excluded), repricing (names the run).
-- Columns: project, minute, spans.
-- Index: cost_revisions by project and minute.
SELECT project, toDateTime(toStartOfMinute(start_time), 'UTC') AS minute, count() AS spans
FROM cost_revisions FINAL
WHERE project = {project:String} AND repricing = {repricing:String}
    AND start_time >= {first:DateTime64(9, 'UTC')} AND start_time < {until:DateTime64(9, 'UTC')}
GROUP BY project, minute
