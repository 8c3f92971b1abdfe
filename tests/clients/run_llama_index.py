"""LlamaIndex's OpenAI-like classes, unmodified, against the server at NARU_URL with the key in NARU_KEY."""
import os
import unittest

from llama_index.core import Document, VectorStoreIndex
from llama_index.core.llms import ChatMessage
from llama_index.embeddings.openai_like import OpenAILikeEmbedding
from llama_index.llms.openai_like import OpenAILike

COMMON = {"api_base": os.environ["NARU_URL"] + "/v1", "api_key": os.environ["NARU_KEY"], "max_retries": 0}
QUESTION = "How many days of annual leave does an employee have?"


class LlamaIndex(unittest.TestCase):
    def test_chat(self):
        model = OpenAILike(model="stub", is_chat_model=True, context_window=4096, **COMMON)
        messages = [ChatMessage(role="user", content="one two three")]
        self.assertEqual(model.chat(messages).message.content, "one two three")
        self.assertEqual(list(model.stream_chat(messages))[-1].message.content, "one two three")

    def test_completions(self):
        model = OpenAILike(model="stub", is_chat_model=False, context_window=4096, **COMMON)
        self.assertEqual(model.complete("one two").text, "one two")
        self.assertEqual(list(model.stream_complete("one two"))[-1].text, "one two")

    def test_a_knowledge_base(self):
        model = OpenAILike(model="naru/handbook", is_chat_model=True, context_window=4096, **COMMON)
        answer = model.chat([ChatMessage(role="user", content=QUESTION)])
        self.assertIn("15 days", answer.message.content)

    def test_an_index_of_its_own_over_our_models(self):
        embedding = OpenAILikeEmbedding(model_name="stub", **COMMON)
        model = OpenAILike(model="stub", is_chat_model=True, context_window=4096, **COMMON)
        texts = ["Every employee has 15 days of annual leave.", "Travel costs are claimed within ten days."]
        index = VectorStoreIndex.from_documents([Document(text=text) for text in texts], embed_model=embedding)
        found = index.as_retriever(similarity_top_k=1, embed_model=embedding).retrieve("annual leave of an employee")
        self.assertEqual(found[0].text, texts[0])
        answer = index.as_query_engine(llm=model, embed_model=embedding, similarity_top_k=1).query("annual leave")
        self.assertIn(texts[0], str(answer))


if __name__ == "__main__":
    unittest.main()
