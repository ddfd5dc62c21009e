-- How many combinations of the columns that segments are made of the calls of one window have.
-- Parameters: project, start (of the window), window_s. Columns: combinations.
-- Index: the primary key of spans, by project and minute; only narrow columns are read.
SELECT uniqExact(request_model, response_model, provider, prompt_name, release, service) AS combinations
FROM spans
WHERE project = {project:String}
    AND kind = 'llm'
    AND start_time >= {start:DateTime('UTC')}
    AND start_time < {start:DateTime('UTC')} + toIntervalSecond({window_s:UInt32})
