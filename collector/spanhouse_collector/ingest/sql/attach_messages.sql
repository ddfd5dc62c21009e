-- Stores spans again with the messages that came for them as log records; the new row takes the place of the old one.
-- Parameters: messages, the table that holds them. Columns: none.
-- Index: the primary key of spans, by project and minute, within the times of the traces.
-- All columns but four are taken over as they are, whichever there are. A span that has messages of its own keeps those.
INSERT INTO spans (* EXCEPT (stored_at))
WITH
    -- @include canonical_texts
    CAST(mapFromArrays(m.names, m.texts), 'Map(LowCardinality(String), String)') AS said,
    times AS (
        SELECT min(start_time) AS first, max(end_time) AS last
        FROM trace_times
        WHERE (project, trace_id) IN (SELECT project, trace_id FROM {messages:Identifier}))
SELECT b.* EXCEPT (stored_at) REPLACE (
    mapUpdate(b.translated, said) AS translated,
    m.version AS normaliser_version,
    preview(said['gen_ai.input.messages']) AS input_preview,
    preview(said['gen_ai.output.messages']) AS output_preview)
FROM spans AS b FINAL
INNER JOIN {messages:Identifier} AS m ON b.project = m.project AND b.trace_id = m.trace_id AND b.span_id = m.span_id
WHERE b.project IN (SELECT project FROM {messages:Identifier})
    AND b.start_time >= (SELECT first FROM times) AND b.start_time <= (SELECT last FROM times)
    AND b.content['gen_ai.input.messages'] = '' AND b.content['gen_ai.output.messages'] = ''
    AND (b.translated['gen_ai.input.messages'] != said['gen_ai.input.messages']
        OR b.translated['gen_ai.output.messages'] != said['gen_ai.output.messages'])
-- @include storing
