"""openai for Python, unmodified, against the server at NARU_URL with the key in NARU_KEY."""
import json
import os
import struct
import base64
import unittest

import openai

URL, KEY = os.environ["NARU_URL"], os.environ["NARU_KEY"]
QUESTION = "How many days of annual leave does an employee have?"
SCHEMA = {"name": "leave", "strict": True,
          "schema": {"type": "object", "properties": {"days": {"type": "integer"}, "paid": {"type": "boolean"}},
                     "required": ["days", "paid"], "additionalProperties": False}}


def said(text):
    return [{"role": "user", "content": text}]


class OpenAi(unittest.TestCase):
    def setUp(self):
        self.client = openai.OpenAI(base_url=URL + "/v1", api_key=KEY, max_retries=0)
        self.addCleanup(self.client.close)

    def chat(self, **parameters):
        chosen = {"model": "stub", "messages": said("one two three")} | parameters
        return self.client.chat.completions.create(**chosen)

    def test_models(self):
        ids = [model.id for model in self.client.models.list()]
        self.assertEqual(sorted(ids), ["naru/handbook", "stub"])
        self.assertEqual(self.client.models.retrieve("naru/handbook").id, "naru/handbook")
        with self.assertRaises(openai.NotFoundError):
            self.client.models.retrieve("gpt-5")

    def test_a_chat_whole(self):
        whole = self.chat(seed=7, temperature=0, max_completion_tokens=50)
        choice = whole.choices[0]
        self.assertTrue(whole.id.startswith("chatcmpl-"))
        self.assertEqual((choice.message.role, choice.message.content, choice.finish_reason),
                         ("assistant", "one two three", "stop"))
        self.assertEqual(whole.usage.total_tokens, whole.usage.prompt_tokens + whole.usage.completion_tokens)
        self.assertEqual(whole.usage.completion_tokens, 3)
        self.assertEqual(self.chat(max_tokens=2).choices[0].finish_reason, "length")
        self.assertEqual(self.chat(stop=["two"]).choices[0].message.content, "one ")

    def test_a_chat_as_a_stream(self):
        chunks = list(self.chat(stream=True, stream_options={"include_usage": True}))
        self.assertEqual(len({chunk.id for chunk in chunks}), 1)
        self.assertEqual(chunks[0].choices[0].delta.role, "assistant")
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        self.assertEqual(text, "one two three")
        reasons = [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices]
        self.assertEqual(reasons, [None] * (len(reasons) - 1) + ["stop"])
        self.assertEqual((chunks[-1].choices, chunks[-1].usage.completion_tokens), ([], 3))
        self.assertTrue(all(chunk.usage is None for chunk in chunks[:-1]))

    def test_the_helpers_of_the_client_read_our_streams(self):
        with self.client.chat.completions.stream(model="stub", messages=said("one two three")) as stream:
            kinds = {event.type for event in stream}
            whole = stream.get_final_completion()
        self.assertTrue({"chunk", "content.delta", "content.done"} <= kinds, kinds)
        self.assertEqual(whole.choices[0].message.content, "one two three")
        raw = self.client.chat.completions.with_raw_response.create(model="stub", messages=said("a"))
        self.assertEqual(raw.parse().choices[0].message.content, "a")

    def test_a_stream_that_is_left_leaves_the_server_well(self):
        with self.chat(stream=True, messages=said("word " * 5000)) as stream:
            next(iter(stream))
        self.assertEqual(self.chat().choices[0].message.content, "one two three")

    def test_json_by_a_schema(self):
        whole = self.chat(response_format={"type": "json_schema", "json_schema": SCHEMA})
        value = json.loads(whole.choices[0].message.content)
        self.assertEqual({name: type(inner) for name, inner in value.items()}, {"days": int, "paid": bool})
        self.assertIsInstance(json.loads(self.chat(response_format={"type": "json_object"}).choices[0].message.content),
                              dict)
        with self.assertRaises(openai.BadRequestError):
            self.chat(response_format={"type": "json_schema", "json_schema": {
                "name": "a", "schema": {"type": "string", "pattern": "a+"}}})

    def test_a_knowledge_base_cites(self):
        whole = self.chat(model="naru/handbook", messages=said(QUESTION))
        message = whole.choices[0].message
        self.assertIn("15 days", message.content)
        cited = message.annotations[0]
        self.assertEqual(cited.type, "url_citation")
        self.assertTrue(cited.url_citation.url.startswith(URL + "/view?kb=handbook&doc=rules.md"))
        self.assertIn("15", message.content[cited.url_citation.start_index:cited.url_citation.end_index + 200])
        self.assertIn(cited.url_citation.url, message.content)
        self.assertTrue(whole.model_extra["naru"]["answer_id"])
        streamed = "".join(chunk.choices[0].delta.content or "" for chunk in
                           self.chat(model="naru/handbook", messages=said(QUESTION), stream=True))
        self.assertEqual(streamed, message.content)
        parts = [{"role": "user", "content": [{"type": "text", "text": QUESTION}]}]
        self.assertEqual(self.chat(model="naru/handbook", messages=parts).choices[0].message.content, message.content)

    def test_completions(self):
        whole = self.client.completions.create(model="stub", prompt="one two three", max_tokens=2)
        self.assertEqual((whole.object, whole.choices[0].text, whole.choices[0].finish_reason),
                         ("text_completion", "one two", "length"))
        self.assertTrue(whole.id.startswith("cmpl-"))
        text = "".join(chunk.choices[0].text for chunk in
                       self.client.completions.create(model="stub", prompt=["one two"], stream=True))
        self.assertEqual(text, "one two")

    def test_embeddings_as_floats_and_as_base64(self):
        texts = ["annual leave", "연차 휴가"]
        default = self.client.embeddings.create(model="stub", input=texts)  # the client asks for base64 by itself
        floats = self.client.embeddings.create(model="stub", input=texts, encoding_format="float")
        packed = self.client.embeddings.create(model="stub", input=texts, encoding_format="base64")
        self.assertEqual([one.index for one in default.data], [0, 1])
        for one, two, three in zip(default.data, floats.data, packed.data):
            bytes_of = base64.b64decode(three.embedding)
            unpacked = struct.unpack(f"<{len(bytes_of) // 4}f", bytes_of)
            for a, b, c in zip(one.embedding, two.embedding, unpacked):
                self.assertAlmostEqual(a, b, places=6)
                self.assertAlmostEqual(a, c, places=6)
        self.assertGreater(default.usage.total_tokens, 0)
        with self.assertRaises(openai.BadRequestError) as caught:
            self.client.embeddings.create(model="stub", input=[1, 2, 3])
        self.assertIn("token numbers", str(caught.exception))

    def test_rerank(self):
        ranked = self.client.post("/rerank", cast_to=object, body={
            "query": "annual leave", "documents": ["travel costs", "days of annual leave"], "top_n": 1})
        self.assertEqual([one["index"] for one in ranked["results"]], [1])

    def test_errors_are_the_clients_own(self):
        stranger = openai.OpenAI(base_url=URL + "/v1", api_key="naru-wrong", max_retries=0)
        self.addCleanup(stranger.close)
        with self.assertRaises(openai.AuthenticationError) as caught:
            stranger.models.list()
        self.assertEqual((caught.exception.code, caught.exception.type), ("invalid_api_key", "authentication_error"))
        with self.assertRaises(openai.NotFoundError) as caught:
            self.chat(model="gpt-5")
        self.assertEqual((caught.exception.code, caught.exception.param), ("model_not_found", "model"))
        for parameters, param in (({"n": 2}, "n"), ({"temperature": 9}, "temperature"), ({"messages": []}, "messages"),
                                  ({"tools": [{"type": "function", "function": {"name": "a", "parameters": {}}}]},
                                   "tools"), ({"logprobs": True}, "logprobs"), ({"max_tokens": -1}, "max_tokens"),
                                  ({"messages": said("a"), "stream": True, "top_p": 0.5}, "top_p")):
            with self.assertRaises(openai.BadRequestError) as caught:
                self.chat(**parameters)
            error = caught.exception
            self.assertEqual((error.type, error.param), ("invalid_request_error", param))
            self.assertTrue(error.message)
        with self.assertRaises(openai.NotFoundError):
            self.client.images.generate(model="stub", prompt="a")

    def test_what_changes_nothing_is_taken(self):
        whole = self.chat(n=1, user="kim", metadata={"a": "b"}, store=False, logprobs=False, presence_penalty=0,
                          service_tier="auto", parallel_tool_calls=True, tool_choice="none", top_p=1)
        self.assertEqual(whole.choices[0].message.content, "one two three")


class OpenAiAsynchronous(unittest.IsolatedAsyncioTestCase):
    async def test_several_streams_at_once(self):
        import asyncio

        async def read(client, text):
            stream = await client.chat.completions.create(model="stub", messages=said(text), stream=True)
            return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

        async with openai.AsyncOpenAI(base_url=URL + "/v1", api_key=KEY, max_retries=0) as client:
            texts = [f"text number {i}" for i in range(8)]
            self.assertEqual(await asyncio.gather(*(read(client, text) for text in texts)), texts)


if __name__ == "__main__":
    unittest.main()
