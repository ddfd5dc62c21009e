-- What a dialect says, in OpenTelemetry's names, beside the attributes as they were sent; canonical columns prefer it.
-- dialect is '' for a span that speaks of no call of a model; normaliser_version is 0 where nothing had to be translated.
-- The conversions of what was stored before stay as they are: their dialect is ''.
ALTER TABLE spans
    ADD COLUMN IF NOT EXISTS dialect LowCardinality(String) AFTER received_at,
    ADD COLUMN IF NOT EXISTS translated Map(LowCardinality(String), String) CODEC(ZSTD(1)) AFTER dialect,
    ADD COLUMN IF NOT EXISTS normaliser_version UInt16 CODEC(ZSTD(1)) AFTER translated,
    MODIFY COLUMN input_messages String ALIAS if(translated['gen_ai.input.messages'] = '', content['gen_ai.input.messages'], translated['gen_ai.input.messages']),
    MODIFY COLUMN output_messages String ALIAS if(translated['gen_ai.output.messages'] = '', content['gen_ai.output.messages'], translated['gen_ai.output.messages']),
    MODIFY COLUMN system_instructions String ALIAS if(translated['gen_ai.system_instructions'] = '', content['gen_ai.system_instructions'], translated['gen_ai.system_instructions']),
    MODIFY COLUMN tool_definitions String ALIAS if(translated['gen_ai.tool.definitions'] = '', content['gen_ai.tool.definitions'], translated['gen_ai.tool.definitions']),
    MODIFY COLUMN tool_arguments String ALIAS if(translated['gen_ai.tool.call.arguments'] = '', content['gen_ai.tool.call.arguments'], translated['gen_ai.tool.call.arguments']),
    MODIFY COLUMN tool_result String ALIAS if(translated['gen_ai.tool.call.result'] = '', content['gen_ai.tool.call.result'], translated['gen_ai.tool.call.result']),
    MODIFY COLUMN retrieval_query String ALIAS if(translated['gen_ai.retrieval.query.text'] = '', content['gen_ai.retrieval.query.text'], translated['gen_ai.retrieval.query.text']),
    MODIFY COLUMN retrieval_documents String ALIAS if(translated['gen_ai.retrieval.documents'] = '', content['gen_ai.retrieval.documents'], translated['gen_ai.retrieval.documents']),
    ADD COLUMN IF NOT EXISTS input_value String ALIAS if(translated['spanhouse.input'] = '', content['spanhouse.input'], translated['spanhouse.input']),
    ADD COLUMN IF NOT EXISTS output_value String ALIAS if(translated['spanhouse.output'] = '', content['spanhouse.output'], translated['spanhouse.output']),
    ADD COLUMN IF NOT EXISTS parameters Map(String, String) ALIAS mapApply((k, v) -> (substring(k, 16), v), mapFilter((k, v) -> startsWith(k, 'gen_ai.request.') AND k != 'gen_ai.request.model', CAST(mapUpdate(attributes, translated), 'Map(String, String)'))),
    ADD COLUMN IF NOT EXISTS metadata Map(String, String) ALIAS mapApply((k, v) -> (substring(k, 20), v), mapFilter((k, v) -> startsWith(k, 'spanhouse.metadata.'), CAST(mapUpdate(attributes, translated), 'Map(String, String)'))),
    ADD COLUMN IF NOT EXISTS total_tokens Nullable(UInt64) ALIAS coalesce(input_tokens + output_tokens, input_tokens, output_tokens)
