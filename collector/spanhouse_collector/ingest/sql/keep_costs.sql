-- Keeps the costs of spans that today's prices would change, beside what they become.
-- Parameters: project, first and until (the range of start times, until excluded), repricing (names the run). Columns: none.
-- Index: the primary key of spans, by project and minute.
INSERT INTO cost_revisions
(
    project, repricing, start_time, trace_id, span_id, old_cost_usd, old_cost_status, old_price_source, new_cost_usd,
    new_cost_status, new_price_source
)
WITH
    -- @include cost
SELECT b.project, {repricing:String}, b.start_time, b.trace_id, b.span_id, cost_usd, toString(cost_status), price_source, cost.1, cost.2, cost.3
FROM spans AS b FINAL
LEFT ANY JOIN (SELECT project, provider, model, entries FROM prices FINAL WHERE project = {project:String}) AS p
    ON b.project = p.project AND b.provider = p.provider AND if(b.response_model = '', b.request_model, b.response_model) = p.model
WHERE b.project = {project:String} AND b.start_time >= {first:DateTime64(9, 'UTC')} AND b.start_time < {until:DateTime64(9, 'UTC')}
    AND (cost.1 IS DISTINCT FROM b.cost_usd OR cost.2 != toString(b.cost_status))
