-- Stores spans again whose cost today's prices change; the new row takes the place of the old one.
-- Parameters: project, first and until (the range of start times, until excluded). Columns: none.
-- Index: the primary key of spans, by project and minute.
-- All columns but three are taken over as they are, whichever there are.
INSERT INTO spans (* EXCEPT (stored_at))
WITH
    -- @include cost
SELECT b.* EXCEPT (stored_at) REPLACE (cost.1 AS cost_usd, CAST(cost.2, toTypeName(b.cost_status)) AS cost_status, cost.3 AS price_source)
FROM spans AS b FINAL
LEFT ANY JOIN (SELECT project, provider, model, entries FROM prices FINAL WHERE project = {project:String}) AS p
    ON b.project = p.project AND b.provider = p.provider AND if(b.response_model = '', b.request_model, b.response_model) = p.model
WHERE b.project = {project:String} AND b.start_time >= {first:DateTime64(9, 'UTC')} AND b.start_time < {until:DateTime64(9, 'UTC')}
    AND (cost.1 IS DISTINCT FROM b.cost_usd OR cost.2 != toString(b.cost_status))
-- @include storing
