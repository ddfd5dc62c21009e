-- What the parts of one span's computed cost are, as long as the price it was computed with is still the one that applies.
-- Parameters: project, trace_id, span_id, start_ns and end_ns (Unix nanoseconds between which the span starts).
-- Columns: USD as text, so that no digit is lost; output_usd is without reasoning_usd, request_usd with searches of the web. No row if the parts are not known.
-- Index: the primary key of spans; prices by project.
WITH
    least(toInt64(ifNull(reasoning_tokens, 0)), output) AS reasoning,
    -- @include cost
    , (wanted -> arraySum(s -> surcharge_micro_usd(kinds, s), arrayFilter(s -> s.part = wanted, price.surcharges))) AS surcharges,
    ((part, tokens, usd) -> toString(in_usd(micro_usd(tokens, usd) + surcharges(part)))) AS part_usd
SELECT
    part_usd('input', uncached, price.input_usd) AS input_usd,
    part_usd('cache_read', cache_read, price.cache_read_usd) AS cache_read_usd,
    part_usd('cache_write', cache_write, price.cache_write_usd) AS cache_write_usd,
    part_usd('output', output - reasoning, price.output_usd) AS output_usd,
    part_usd('reasoning', reasoning, price.output_usd) AS reasoning_usd,
    part_usd('request', 1000000, price.request_usd) AS request_usd,
    price_source
FROM spans AS b FINAL
LEFT ANY JOIN (SELECT project, provider, model, entries FROM prices FINAL WHERE project = {project:String}) AS p
    ON b.project = p.project AND b.provider = p.provider AND if(b.response_model = '', b.request_model, b.response_model) = p.model
WHERE b.project = {project:String} AND trace_id = {trace_id:String} AND span_id = {span_id:String}
    AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC') AND start_time <= fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
    AND cost_status = 'computed' AND price.source = b.price_source AND cost.1 = b.cost_usd
LIMIT 1
