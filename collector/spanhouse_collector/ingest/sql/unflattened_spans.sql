-- Spans of a decoded batch that hold values nested deeper than the reader decodes.
-- Parameters: staging, the batch. Columns: trace_id, span_id (hex).
SELECT trace_id, span_id
FROM {staging:Identifier}
WHERE needs_flattening
