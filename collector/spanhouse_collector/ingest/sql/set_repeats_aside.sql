-- Stores spans again that report a call which another span reports better: as plain spans without a cost, in place of the old rows.
-- Parameters: projects and minutes (parallel lists, the minutes that changed); clients, the scopes of those that record their own
-- calls; in_projects and in_minutes (parallel lists, the minutes whose spans may be stored again). Columns: none.
-- Index: the primary key of spans, by project and minute.
-- All columns but four are taken over as they are, whichever there are.
INSERT INTO spans (* EXCEPT (stored_at))
WITH
    -- @include repeats
SELECT b.* EXCEPT (stored_at) REPLACE (
    'span' AS kind, NULL AS cost_usd, CAST('roll_up', toTypeName(b.cost_status)) AS cost_status, '' AS price_source)
FROM spans AS b FINAL
WHERE (b.project, toStartOfMinute(b.start_time)) IN (
        SELECT arrayJoin(arrayZip({in_projects:Array(String)}, {in_minutes:Array(DateTime('UTC'))})))
    AND (b.project, b.trace_id, b.span_id) IN (SELECT project, trace_id, span_id FROM repeats)
-- @include storing
