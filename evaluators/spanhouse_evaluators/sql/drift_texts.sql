-- What users asked in some of a window's model calls: the last user message of each, or all of what the model was given.
-- Parameters: project, release ('' for all), first_ns and last_ns (start of the calls, Unix time, both included), most (calls at most:
-- those with the smallest hash of their trace, so that every run takes the same).
-- Columns: question; may be empty.
-- Index: the primary key of spans, by project and minute; content is read for the chosen calls alone.
WITH
    (m -> if(JSONHas(m, 'parts'), arrayStringConcat(arrayMap(p -> JSONExtractString(p, 'content'),
        arrayFilter(p -> JSONExtractString(p, 'type') IN ('text', ''), JSONExtractArrayRaw(m, 'parts'))), '\n'),
        JSONExtractString(m, 'content'))) AS message_text,
    JSONExtractArrayRaw(input_messages) AS messages
SELECT
    if(empty(messages), input_messages, message_text(arrayLast(m -> JSONExtractString(m, 'role') = 'user', messages))) AS question
FROM spans FINAL
WHERE project = {project:String}
    AND kind = 'llm'
    AND ({release:String} = '' OR release = {release:String})
    AND start_time >= fromUnixTimestamp64Nano({first_ns:Int64}, 'UTC')
    AND start_time <= fromUnixTimestamp64Nano({last_ns:Int64}, 'UTC')
ORDER BY xxHash32(trace_id), trace_id, span_id
LIMIT {most:UInt32}
