-- Whether a decoded batch holds values nested deeper than the reader decodes.
-- Parameters: staging, the batch. Columns: count of such rows.
SELECT countIf(needs_flattening) AS rows
FROM {staging:Identifier}
