-- Requests of a project that were put aside.
-- Parameters: project. Columns: signal, reason, received_ms, body_hex.
-- Index: the primary key, by project.
SELECT signal, reason, toUnixTimestamp64Milli(received_at) AS received_ms, hex(body) AS body_hex
FROM dead_letters
WHERE project = {project:String}
ORDER BY received_ms
