// openai for JavaScript, unmodified, against the server at NARU_URL with the key in NARU_KEY.
import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";

const url = process.env.NARU_URL;
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: process.env.NARU_KEY, maxRetries: 0 });
const question = "How many days of annual leave does an employee have?";
const chat = (parameters) =>
  client.chat.completions.create({ model: "stub", messages: [{ role: "user", content: "one two three" }], ...parameters });

test("models", async () => {
  const ids = [];
  for await (const model of client.models.list()) ids.push(model.id);
  assert.deepEqual(ids.sort(), ["naru/handbook", "stub"]);
  assert.equal((await client.models.retrieve("naru/handbook")).id, "naru/handbook");
});

test("a chat, whole", async () => {
  const whole = await chat({ seed: 7, temperature: 0 });
  assert.equal(whole.choices[0].message.content, "one two three");
  assert.equal(whole.choices[0].finish_reason, "stop");
  assert.equal(whole.usage.completion_tokens, 3);
  assert.equal((await chat({ max_tokens: 2 })).choices[0].finish_reason, "length");
  assert.equal((await chat({ stop: "two" })).choices[0].message.content, "one ");
});

test("a chat as a stream", async () => {
  let text = "", usage = null;
  for await (const chunk of await chat({ stream: true, stream_options: { include_usage: true } })) {
    text += chunk.choices[0]?.delta?.content ?? "";
    usage = chunk.usage ?? usage;
  }
  assert.equal(text, "one two three");
  assert.equal(usage.completion_tokens, 3);
  const helped = client.chat.completions.stream({ model: "stub", messages: [{ role: "user", content: "a b" }] });
  assert.equal(await helped.finalContent(), "a b");
});

test("a stream that is left", async () => {
  const stream = await chat({ stream: true, messages: [{ role: "user", content: "word ".repeat(5000) }] });
  for await (const _ of stream) break;
  stream.controller.abort();
  assert.equal((await chat({})).choices[0].message.content, "one two three");
});

test("JSON by a schema", async () => {
  const schema = { type: "object", properties: { days: { type: "integer" } }, required: ["days"],
                   additionalProperties: false };
  const whole = await chat({ response_format: { type: "json_schema", json_schema: { name: "leave", schema } } });
  assert.ok(Number.isInteger(JSON.parse(whole.choices[0].message.content).days));
});

test("a knowledge base cites", async () => {
  const whole = await chat({ model: "naru/handbook", messages: [{ role: "user", content: question }] });
  const message = whole.choices[0].message;
  assert.match(message.content, /15 days/);
  assert.ok(message.annotations[0].url_citation.url.startsWith(`${url}/view?kb=handbook&doc=rules.md`));
});

test("completions", async () => {
  assert.equal((await client.completions.create({ model: "stub", prompt: "one two" })).choices[0].text, "one two");
});

test("embeddings", async () => {
  const inputs = ["annual leave", "연차 휴가"];
  const packed = await client.embeddings.create({ model: "stub", input: inputs }); // base64 on the wire
  const floats = await client.embeddings.create({ model: "stub", input: inputs, encoding_format: "float" });
  packed.data.forEach((one, i) => one.embedding.forEach((value, j) =>
    assert.ok(Math.abs(value - floats.data[i].embedding[j]) < 1e-6)));
});

test("errors are the client's own", async () => {
  await assert.rejects(chat({ model: "gpt-5" }), (error) =>
    error instanceof OpenAI.NotFoundError && error.code === "model_not_found" && error.param === "model");
  await assert.rejects(chat({ n: 2 }), (error) => error instanceof OpenAI.BadRequestError && error.param === "n");
  const stranger = new OpenAI({ baseURL: `${url}/v1`, apiKey: "naru-wrong", maxRetries: 0 });
  await assert.rejects(stranger.models.list(), OpenAI.AuthenticationError);
});
