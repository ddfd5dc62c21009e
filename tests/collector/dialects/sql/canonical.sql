-- The canonical row of a project's spans, each span once.
-- Parameters: project. Columns: as named below.
-- Index: the primary key, by project.
SELECT
    name, toString(status_code) AS status_code, status_message, environment, release, dialect, normaliser_version, kind, operation,
    provider, request_model, response_model, agent_name, workflow_name, tool_name, prompt_name, prompt_version, session_id,
    user_id, tags, response_id, finish_reasons, error_type, is_stream, input_tokens, output_tokens, cache_read_tokens,
    cache_write_tokens, reasoning_tokens, total_tokens, time_to_first_chunk_ns, cost_usd, toString(cost_status) AS cost_status,
    input_messages, output_messages, system_instructions, tool_definitions, tool_arguments, tool_result, retrieval_query,
    retrieval_documents, input_value, output_value, parameters, metadata, translated, mapConcat(attributes, content) AS sent,
    input_preview, output_preview, trace_id, span_id, parent_span_id, toUnixTimestamp64Nano(start_time) AS start_ns, duration_ns
FROM spans FINAL
WHERE project = {project:String}
ORDER BY trace_id
