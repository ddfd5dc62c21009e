-- How many rows of a decoded batch hold values nested deeper than the reader decodes.
-- Parameters: staging, the batch. Columns: deep (such rows).
SELECT countIf(needs_flattening) AS deep
FROM {staging:Identifier}
