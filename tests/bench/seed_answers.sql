-- Model calls with an answer, and what was retrieved for each: two spans a trace, 20 ms apart, in texts of English's small words
-- and made-up ones.
-- Parameters: first and calls (numbers of the calls), words (to make texts of).
-- Columns: those of spans that are set.
-- Index: none, it only writes.
INSERT INTO spans (project, start_time, duration_ns, trace_id, span_id, kind, operation, request_model, release, status_code, content,
    received_at, stored_at)
WITH
    ((salt, n) -> concat(arrayStringConcat(arrayMap(
        i -> if(i % 12 = 11, concat({words:Array(String)}[1 + cityHash64(number, salt, i) % length({words:Array(String)})], '.'),
            {words:Array(String)}[1 + cityHash64(number, salt, i) % length({words:Array(String)})]), range(n)), ' '), '.')) AS text,
    ((role, said) -> concat('[{"role":"', role, '","parts":[{"type":"text","content":"', said, '"}]}]')) AS message,
    fromUnixTimestamp64Milli(toInt64(1763900000000 + 20 * number), 'UTC') AS begun
SELECT
    'default',
    if(is_call, begun + toIntervalMillisecond(10), begun),
    1000000000,
    lower(hex(MD5(toString(number)))),
    if(is_call, concat('a', leftPad(toString(number), 15, '0')), concat('b', leftPad(toString(number), 15, '0'))),
    if(is_call, 'llm', 'retriever'),
    if(is_call, 'chat', 'retrieval'),
    'small',
    '1.0',
    'Ok',
    if(is_call,
        map('gen_ai.input.messages', message('user', text(1, 20)), 'gen_ai.output.messages', message('assistant', text(2, 60))),
        map('gen_ai.retrieval.documents', concat('[{"content":"', text(3, 120), '"}]'))),
    begun,
    begun + toIntervalSecond(1)
FROM (SELECT number FROM numbers({first:UInt64}, {calls:UInt64}))
ARRAY JOIN [true, false] AS is_call
