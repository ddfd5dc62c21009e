-- The spans of a stretch, in the order in which they were stored, with their texts.
-- Parameters: project; kinds (empty for all); only_span ('' for all); traces (those alone, empty for all); after_ms, after_trace, after_span (exclusive) and upto_ms,
-- upto_trace, upto_span: the stretch by stored_at in ms; first_ns and last_ns: start of its spans; with_attributes: all of them,
-- for evaluators that may ask for any.
-- Columns: those of a candidate (selection.py); stored_ms is stored_at, sampled is the trace's place between 0 and 1.
-- Index: the primary key of spans, by start minute. FINAL, because of two copies of a span only the newer one counts: a stretch
-- may hold fewer spans than it has rows.
WITH
    fromUnixTimestamp64Nano({first_ns:Int64}, 'UTC') AS first_start,
    fromUnixTimestamp64Nano({last_ns:Int64}, 'UTC') AS last_start,
    -- The text parts of one message; older senders put the text where the parts should be.
    (m -> if(JSONHas(m, 'parts'), arrayStringConcat(arrayMap(p -> JSONExtractString(p, 'content'),
        arrayFilter(p -> JSONExtractString(p, 'type') IN ('text', ''), JSONExtractArrayRaw(m, 'parts'))), '\n'),
        JSONExtractString(m, 'content'))) AS message_text,
    (d -> multiIf(JSONExtractString(d, 'content') != '', JSONExtractString(d, 'content'),
        JSONExtractString(d, 'text') != '', JSONExtractString(d, 'text'),
        JSONType(d) = 'String', JSONExtractString(d), d)) AS document_text,
    (t -> if(JSONType(t) = 'Array', arrayMap(d -> document_text(d), JSONExtractArrayRaw(t)), arrayFilter(x -> x != '', [t]))) AS document_texts,
    JSONExtractArrayRaw(s.input_messages) AS input_list,
    JSONExtractArrayRaw(s.output_messages) AS output_list
SELECT
    s.trace_id AS trace_id,
    s.span_id AS span_id,
    s.parent_span_id AS parent_span_id,
    s.name AS name,
    toUnixTimestamp64Milli(s.stored_at) AS stored_ms,
    toUnixTimestamp64Nano(s.start_time) AS start_time_ns,
    s.duration_ns AS duration_ns,
    s.session_id AS session_id,
    s.kind AS kind,
    s.operation AS operation,
    s.provider AS provider,
    s.model AS model,
    s.release AS release,
    s.environment AS environment,
    s.service AS service,
    s.prompt_name AS prompt_name,
    s.prompt_version AS prompt_version,
    s.response_id AS response_id,
    s.status_code = 'Error' AS failed,
    s.time_to_first_chunk_ns AS time_to_first_token_ns,
    s.input_tokens AS input_tokens,
    s.output_tokens AS output_tokens,
    toFloat64(s.cost_usd) AS cost_usd,
    if(empty(input_list), s.input_messages,
        message_text(arrayLast(m -> JSONExtractString(m, 'role') = 'user', input_list))) AS input,
    if(empty(output_list), s.output_messages, arrayStringConcat(arrayMap(m -> message_text(m), output_list), '\n')) AS output,
    document_texts(s.retrieval_documents) AS documents,
    s.attributes['gen_ai.output.type'] AS output_type,
    s.tool_definitions AS tool_definitions,
    if(position(s.output_messages, 'tool_call') > 0, s.output_messages, '') AS output_messages,
    if({with_attributes:Bool},
        mapConcat(s.attributes, mapFilter((k, v) -> k IN ('gen_ai.output.messages', 'gen_ai.tool.definitions'), s.content)),
        CAST(map(), 'Map(LowCardinality(String), String)')) AS attributes,
    -- What an evaluator judges by and this span itself carries: a document that arrives late must not score it anew.
    sipHash64(s.input_messages, s.output_messages, s.tool_definitions, s.retrieval_documents) AS input_hash,
    xxHash32(s.trace_id) / 4294967296 AS sampled
FROM spans AS s FINAL
WHERE s.project = {project:String}
    AND s.start_time >= first_start AND s.start_time <= last_start
    AND s.stored_at >= fromUnixTimestamp64Milli({after_ms:Int64}, 'UTC')
    AND s.stored_at <= fromUnixTimestamp64Milli({upto_ms:Int64}, 'UTC')
    AND (stored_ms, trace_id, span_id) > ({after_ms:Int64}, {after_trace:String}, {after_span:String})
    AND (stored_ms, trace_id, span_id) <= ({upto_ms:Int64}, {upto_trace:String}, {upto_span:String})
    AND ({only_span:String} = '' OR s.span_id = {only_span:String})
    AND (empty({traces:Array(String)}) OR s.trace_id IN {traces:Array(String)})
    AND (empty({kinds:Array(String)}) OR s.kind IN {kinds:Array(String)})
ORDER BY stored_ms, trace_id, span_id
