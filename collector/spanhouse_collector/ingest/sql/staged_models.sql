-- Models with usage in a decoded batch, to be priced.
-- Parameters: staging, the batch. Columns: provider, model.
SELECT DISTINCT provider, if(response_model = '', request_model, response_model) AS model
FROM {staging:Identifier}
WHERE input_tokens IS NOT NULL OR output_tokens IS NOT NULL
