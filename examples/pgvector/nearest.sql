-- The nearest passages to one that is there, among those that staff may read. For a question take its vector by the same
-- model: POST /v1/embeddings of `naru serve`, with input_type: query.
SET hnsw.iterative_scan = strict_order;
SELECT doc, heading_path, text FROM passages
WHERE access && ARRAY['group:staff', 'everyone'] AND language = 'ko'
ORDER BY vector <=> (SELECT vector FROM passages WHERE '휴가' = ANY (heading_path) ORDER BY n LIMIT 1)
LIMIT 3;
