-- The minute of a project's newest span in a range. No row where there is none.
-- Parameters: project; from, to (UTC). Columns: newest (UTC). Index: spans_minute by project and minute, read from its end; a minute
-- whose spans all moved elsewhere since may be told until its rows are merged.
SELECT minute AS newest
FROM spans_minute
WHERE project = {project:String}
    AND minute >= {from:DateTime64(3, 'UTC')} - INTERVAL 1 MINUTE AND minute < {to:DateTime64(3, 'UTC')}
    AND spans > 0
ORDER BY minute DESC
LIMIT 1
-- A few rows: a second thread costs more than it saves.
SETTINGS max_threads = 1
