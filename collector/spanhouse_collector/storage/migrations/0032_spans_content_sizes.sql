-- How long what a model was given and what it answered is, in bytes of the messages as stored: to be watched without reading them.
-- Of spans from before, it is computed from the content when it is read.
ALTER TABLE spans
    ADD COLUMN IF NOT EXISTS input_bytes UInt64 MATERIALIZED length(content['gen_ai.input.messages']) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS output_bytes UInt64 MATERIALIZED length(content['gen_ai.output.messages']) CODEC(ZSTD(1))
