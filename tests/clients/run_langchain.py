"""LangChain's OpenAI classes, unmodified, against the server at NARU_URL with the key in NARU_KEY."""
import os
import unittest

from langchain_core.messages import HumanMessage, SystemMessage
from langchain_openai import ChatOpenAI, OpenAI, OpenAIEmbeddings
from pydantic import BaseModel

COMMON = {"base_url": os.environ["NARU_URL"] + "/v1", "api_key": os.environ["NARU_KEY"], "max_retries": 0}
QUESTION = "How many days of annual leave does an employee have?"


class Leave(BaseModel):
    days: int
    paid: bool


class LangChain(unittest.TestCase):
    def test_chat(self):
        chat = ChatOpenAI(model="stub", temperature=0, **COMMON)
        answer = chat.invoke([SystemMessage("Repeat."), HumanMessage("one two three")])
        self.assertEqual(answer.content, "one two three")
        self.assertEqual(answer.response_metadata["finish_reason"], "stop")
        self.assertEqual(answer.usage_metadata["output_tokens"], 3)
        self.assertEqual("".join(chunk.content for chunk in chat.stream("one two three")), "one two three")
        self.assertEqual(chat.bind(stop=["two"]).invoke("one two three").content, "one ")
        self.assertEqual([one.content for one in chat.batch(["a", "b", "c"])], ["a", "b", "c"])

    def test_structured_output(self):
        chat = ChatOpenAI(model="stub", **COMMON).with_structured_output(Leave, method="json_schema")
        self.assertIsInstance(chat.invoke("How many days?"), Leave)

    def test_a_knowledge_base(self):
        answer = ChatOpenAI(model="naru/handbook", **COMMON).invoke(QUESTION)
        self.assertIn("15 days", answer.text)
        self.assertIn("/view?kb=handbook&doc=rules.md", answer.text)

    def test_completions(self):
        self.assertEqual(OpenAI(model="stub", temperature=0, **COMMON).invoke("one two"), "one two")

    def test_embeddings(self):
        embeddings = OpenAIEmbeddings(model="stub", check_embedding_ctx_length=False, **COMMON)
        first, second = embeddings.embed_documents(["annual leave", "travel"])
        query = embeddings.embed_query("annual leave")
        self.assertEqual((len(first), len(second)), (len(query), len(query)))


if __name__ == "__main__":
    unittest.main()
