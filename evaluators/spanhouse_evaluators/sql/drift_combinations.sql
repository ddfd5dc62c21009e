-- How many combinations of the columns that segments are made of the calls of a window have, at most.
-- Parameters: project, windows (their starts), first and last (of them), window_s. Columns: combinations.
-- Index: the primary key of spans, by project and minute; only narrow columns are read. Hashes count in two thirds of the time that
-- the names would take.
SELECT max(of_window) AS combinations
FROM (
    SELECT
        toStartOfInterval(start_time, toIntervalSecond({window_s:UInt32}), 'UTC') AS window_start,
        uniqExact(cityHash64(request_model, response_model, provider, prompt_name, release, service)) AS of_window
    FROM spans
    WHERE project = {project:String}
        AND kind = 'llm'
        AND start_time >= {first:DateTime('UTC')}
        AND start_time < {last:DateTime('UTC')} + toIntervalSecond({window_s:UInt32})
        AND window_start IN {windows:Array(DateTime('UTC'))}
    GROUP BY window_start
)
