-- What a retrieval found, beside its documents, which are long: how many, and the search engine's score of the best one.
-- NULL where a span recorded no list of documents, or none with a score. Computed when a span is stored; for what was stored before,
-- when it is read or merged.
ALTER TABLE spans
    ADD COLUMN IF NOT EXISTS found_documents Nullable(UInt32) DEFAULT if(startsWith(retrieval_documents, '['), JSONLength(retrieval_documents), NULL) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS best_document_score Nullable(Float64) DEFAULT if(
        startsWith(retrieval_documents, '['),
        arrayReduce('max', arrayMap(one -> JSONExtract(one, 'score', 'Nullable(Float64)'), JSONExtractArrayRaw(retrieval_documents))),
        NULL) CODEC(ZSTD(1))
