-- What the corpus expects something of, for a project's spans, in the order in which they started.
-- Parameters: project. Columns: as named below; texts of messages, tools and documents are JSON.
-- Index: the primary key, by project.
SELECT
    name, duration_ns, toString(status_code) AS status_code, kind, operation, provider, request_model, response_model, response_id, agent_name,
    workflow_name, tool_name, prompt_name, prompt_version, session_id, user_id, tags, finish_reasons, error_type, is_stream,
    input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, time_to_first_chunk_ns, cost_usd,
    toString(cost_status) AS cost_status, input_messages, output_messages, system_instructions, tool_definitions,
    tool_arguments, tool_result, retrieval_query, retrieval_documents, parameters
FROM spans FINAL
WHERE project = {project:String}
ORDER BY start_time, span_id
