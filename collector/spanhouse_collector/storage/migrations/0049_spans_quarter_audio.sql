-- A quarter of a day's tokens of audio, as parts of its input (what came from no cache) and of its output. Of what was counted before they are NULL: not known.
ALTER TABLE spans_quarter
    ADD COLUMN IF NOT EXISTS uncached_audio_tokens Nullable(UInt64) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS audio_output_tokens Nullable(UInt64) CODEC(ZSTD(1))
