-- Scores of a project, newest first, one page.
-- Parameters: project; trace_id, name, source and status ('' for any); since_ns (inclusive) and until_ns (exclusive); before_ns and
-- before_key (the last row of the page before), limit. Instants are Unix nanoseconds.
-- Columns: as named below; key tells rows of one instant apart.
-- Index: the primary key, by project and name where a name is given.
SELECT
    toUnixTimestamp64Nano(time) AS time_ns, toUnixTimestamp64Milli(scored_at) AS scored_at_ms, toString(target) AS target,
    trace_id, span_id, session_id, response_id, name, toString(source) AS source, evaluator, evaluator_version,
    toString(status) AS status, value, label, explanation, reason, service, environment, release, model,
    hex(sipHash64(name, trace_id, span_id, session_id, response_id, source, evaluator_version, input_hash)) AS key
FROM scores AS s FINAL
WHERE project = {project:String}
    AND ({trace_id:String} = '' OR trace_id = {trace_id:String})
    AND ({name:String} = '' OR name = {name:String})
    AND ({source:String} = '' OR toString(s.source) = {source:String})
    AND ({status:String} = '' OR toString(s.status) = {status:String})
    AND time >= fromUnixTimestamp64Nano({since_ns:Int64}, 'UTC')
    AND time < fromUnixTimestamp64Nano({until_ns:Int64}, 'UTC')
    AND (toUnixTimestamp64Nano(time), key) < ({before_ns:Int64}, {before_key:String})
ORDER BY time_ns DESC, key DESC
LIMIT {limit:UInt32}
