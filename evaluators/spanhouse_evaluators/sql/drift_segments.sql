-- The segments whose drift is watched: of each column those values that have the most calls in the windows.
-- Parameters: project, kind (of the spans), release ('' for all), keys (columns: model, provider, prompt, release, service), most
-- (segments of a column at most), windows (their starts), first and last (of them), window_s.
-- Columns: key, value (never ''), by key and number of calls.
-- Index: the primary key of spans, by project and minute; only narrow columns are read. Copies of a span count: this only ranks.
SELECT key, value
FROM (
    SELECT key, value, sum(combined.calls) AS calls
    FROM (
        -- By combination first, of which there are few: one row for each call and column would cost several times as much.
        SELECT if(request_model = '', response_model, request_model) AS model, provider, prompt_name, release, service, count() AS calls
        FROM spans
        WHERE project = {project:String}
            AND kind = {kind:String}
            AND ({release:String} = '' OR release = {release:String})
            AND start_time >= {first:DateTime('UTC')}
            AND start_time < {last:DateTime('UTC')} + toIntervalSecond({window_s:UInt32})
            AND toStartOfInterval(start_time, toIntervalSecond({window_s:UInt32}), 'UTC') IN {windows:Array(DateTime('UTC'))}
        GROUP BY model, provider, prompt_name, release, service
    ) AS combined
    ARRAY JOIN
        ['model', 'provider', 'prompt', 'release', 'service'] AS key,
        [toString(model), toString(provider), toString(prompt_name), toString(release), toString(service)] AS value
    WHERE key IN {keys:Array(String)}
        AND value != ''
    GROUP BY key, value
)
ORDER BY key, calls DESC, value
LIMIT {most:UInt32} BY key
