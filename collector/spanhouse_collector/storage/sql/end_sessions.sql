-- Ends the statements of all sessions, which are the only readers that are held to reading.
-- Parameters: none. Columns: those of KILL QUERY, one row for each statement.
KILL QUERY WHERE Settings['readonly'] = '2' ASYNC
