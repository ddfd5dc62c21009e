-- Tokens of audio among a span's tokens: the input that came from no cache, and the output. NULL where a span tells of none.
-- Computed when a span is stored; for what was stored before, when it is read or merged.
ALTER TABLE spans
    ADD COLUMN IF NOT EXISTS uncached_audio_tokens Nullable(UInt64) MATERIALIZED accurateCastOrNull(greatest(
        toFloat64OrNull(if(translated['gen_ai.usage.audio.input_tokens'] = '', attributes['gen_ai.usage.audio.input_tokens'], translated['gen_ai.usage.audio.input_tokens']))
        - toFloat64OrZero(if(translated['gen_ai.usage.audio.cache_read.input_tokens'] = '', attributes['gen_ai.usage.audio.cache_read.input_tokens'], translated['gen_ai.usage.audio.cache_read.input_tokens'])),
        0), 'UInt64') CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS audio_output_tokens Nullable(UInt64) MATERIALIZED accurateCastOrNull(
        toFloat64OrNull(if(translated['gen_ai.usage.audio.output_tokens'] = '', attributes['gen_ai.usage.audio.output_tokens'], translated['gen_ai.usage.audio.output_tokens'])),
        'UInt64') CODEC(ZSTD(1))
