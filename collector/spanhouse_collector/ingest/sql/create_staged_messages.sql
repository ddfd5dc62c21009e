-- Creates the table in which messages that came as log records lie until their spans have them.
-- Parameters: messages, its name. Columns: project, trace_id, span_id, names and texts side by side, version.
-- Index: none; it is read whole.
CREATE TABLE {messages:Identifier}
(
    project String,
    trace_id String,
    span_id String,
    names Array(String),
    texts Array(String),
    version UInt16
)
ENGINE = Memory
