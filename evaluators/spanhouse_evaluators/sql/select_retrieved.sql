-- What was retrieved in the traces of a stretch, up to an hour before its first span began.
-- Parameters: project; traces (those alone, empty for all); after_ms and upto_ms: the stretch by stored_at in ms; first_ns and
-- last_ns: start of its spans.
-- Columns: trace_id, start_ns (when it was retrieved), retrieved (texts), in the order of time.
-- Index: the primary key of spans, by start minute; texts are read for these traces alone, which FINAL would not do: of two copies
-- of a span the newer one is taken here.
WITH
    fromUnixTimestamp64Nano({first_ns:Int64}, 'UTC') AS first_start,
    fromUnixTimestamp64Nano({last_ns:Int64}, 'UTC') AS last_start,
    (d -> multiIf(JSONExtractString(d, 'content') != '', JSONExtractString(d, 'content'),
        JSONExtractString(d, 'text') != '', JSONExtractString(d, 'text'),
        JSONType(d) = 'String', JSONExtractString(d), d)) AS document_text,
    (t -> if(JSONType(t) = 'Array', arrayMap(d -> document_text(d), JSONExtractArrayRaw(t)), arrayFilter(x -> x != '', [t]))) AS document_texts
SELECT trace_id, toUnixTimestamp64Nano(start_time) AS start_ns, document_texts(texts) AS retrieved
FROM (
    SELECT trace_id, span_id, start_time, content['gen_ai.retrieval.documents'] AS texts
    FROM spans
    PREWHERE project = {project:String} AND kind = 'retriever'
        AND start_time >= first_start - INTERVAL 1 HOUR AND start_time <= last_start
        AND trace_id IN (
            SELECT trace_id FROM spans
            WHERE project = {project:String} AND start_time >= first_start AND start_time <= last_start
                AND (empty({traces:Array(String)}) OR trace_id IN {traces:Array(String)})
                AND stored_at >= fromUnixTimestamp64Milli({after_ms:Int64}, 'UTC')
                AND stored_at <= fromUnixTimestamp64Milli({upto_ms:Int64}, 'UTC'))
    ORDER BY stored_at DESC
    LIMIT 1 BY trace_id, span_id)
ORDER BY start_time, span_id
