-- Log records that name a span, in their order.
-- Parameters: project; trace; span; start_ns, end_ns (Unix nanoseconds of its trace); limit.
-- Columns: time_ns (Unix nanoseconds), event_name, severity, body, attributes. Records more than an hour beyond the trace are left out.
-- Index: logs by project and minute, bloom filter on trace.
SELECT
    toUnixTimestamp64Nano(time) AS time_ns,
    event_name,
    severity_text AS severity,
    body,
    CAST(attributes, 'Map(String, String)') AS attributes
FROM logs FINAL
WHERE project = {project:String}
    AND time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC') - INTERVAL 1 HOUR
    AND time <= fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC') + INTERVAL 1 HOUR
    AND trace_id = {trace:String}
    AND span_id = {span:String}
ORDER BY time, record_hash
LIMIT {limit:UInt32}
