// Tiny models that tests write themselves: real GGUF files of both kinds with random weights, a few hundred kilobytes,
// so that the adapter is tried without anything downloaded. They know nothing; what they say is noise, always the same.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "model/gguf_write.h"
#include "model/llama_context.h"
#include "runtime/files.h"
#include "text/unicode.h"

namespace naru::testing {

// Tensors with values that a plain generator makes: the same file on every machine.
class TinyTensors {
 public:
  explicit TinyTensors(GgufWriter& writer) : writer_(writer) {}

  void noise(const std::string& name, std::vector<std::uint64_t> dimensions, float scale) {
    add(name, std::move(dimensions), [&] { return scale * next(); });
  }
  void constant(const std::string& name, std::uint64_t count, float value) {
    add(name, {count}, [&] { return value; });
  }

 private:
  template <class Value>
  void add(const std::string& name, std::vector<std::uint64_t> dimensions, Value value) {
    std::uint64_t count = 1;
    for (const std::uint64_t dimension : dimensions) count *= dimension;
    std::vector<float>& values = data_.emplace_back(count);
    for (float& one : values) one = value();
    const std::string_view bytes(reinterpret_cast<const char*>(values.data()), count * sizeof(float));
    writer_.add_tensor(name, dimensions, TensorType::f32, bytes);
  }
  float next() {  // in [-1, 1): the high bits of a linear congruence (Knuth's MMIX constants)
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<float>(static_cast<std::int32_t>(state_ >> 32)) / 2147483648.0F;
  }

  GgufWriter& writer_;
  std::deque<std::vector<float>> data_;  // the writer keeps views until it is asked for the bytes
  std::uint64_t state_ = 1;
};

inline constexpr std::uint32_t kTinyWidth = 32, kTinyLayers = 2, kTinyHeads = 4, kTinyFeedForward = 64;
inline constexpr std::uint32_t kTinyEmbedContext = 128, kTinyChatContext = 640;
inline constexpr std::int32_t kNormalPiece = 1, kUnknownPiece = 2, kControlPiece = 3;

inline void add_tiny_bert(GgufWriter& writer) {
  writer.add_string("general.architecture", "bert");
  writer.add_string("general.name", "tiny embedder");
  writer.add_u32("bert.context_length", kTinyEmbedContext);
  writer.add_u32("bert.embedding_length", kTinyWidth);
  writer.add_u32("bert.block_count", kTinyLayers);
  writer.add_u32("bert.feed_forward_length", kTinyFeedForward);
  writer.add_u32("bert.attention.head_count", kTinyHeads);
  writer.add_f32("bert.attention.layer_norm_epsilon", 1e-12F);
  writer.add_bool("bert.attention.causal", false);
  writer.add_u32("bert.pooling_type", 1);
  writer.add_u32("tokenizer.ggml.token_type_count", 1);
}

inline void add_tiny_bert_tensors(TinyTensors& tensors, std::uint64_t pieces) {
  constexpr std::uint64_t w = kTinyWidth, f = kTinyFeedForward;
  constexpr float kScale = 0.4F;
  const auto norm = [&](const std::string& name) {
    tensors.constant(name + ".weight", w, 1);
    tensors.constant(name + ".bias", w, 0);
  };
  const auto linear = [&](const std::string& name, std::uint64_t in, std::uint64_t out) {
    tensors.noise(name + ".weight", {in, out}, kScale);
    tensors.noise(name + ".bias", {out}, kScale);
  };
  tensors.noise("token_embd.weight", {w, pieces}, 1);
  tensors.noise("position_embd.weight", {w, kTinyEmbedContext}, 0.1F);
  tensors.noise("token_types.weight", {w, 1}, 0.1F);
  norm("token_embd_norm");
  for (std::uint32_t layer = 0; layer < kTinyLayers; ++layer) {
    const std::string block = "blk." + std::to_string(layer) + ".";
    for (const char* name : {"attn_q", "attn_k", "attn_v", "attn_output"}) linear(block + name, w, w);
    norm(block + "attn_output_norm");
    linear(block + "ffn_up", w, f);
    linear(block + "ffn_down", f, w);
    norm(block + "layer_output_norm");
  }
}

// A BERT of word pieces: letters, Hangul letters and a few words.
inline std::string tiny_embedder_bytes() {
  std::vector<std::string> pieces = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
  std::vector<std::int32_t> types = {kControlPiece, kUnknownPiece, kControlPiece, kControlPiece, kControlPiece};
  for (const char* word : {"query", "passage", "ferry", "boat", "river", "the", ":", ".", ","}) {
    pieces.push_back("\u2581" + std::string(word));
  }
  for (char letter = 'a'; letter <= 'z'; ++letter) {
    pieces.push_back("\u2581" + std::string(1, letter));
    pieces.emplace_back(1, letter);
  }
  for (char32_t letter = 0x1100; letter <= 0x11ff; ++letter) {  // the library decomposes Hangul itself
    std::string text;
    append_utf8(text, letter);
    pieces.push_back("\u2581" + text);
    pieces.push_back(text);
  }
  types.resize(pieces.size(), kNormalPiece);

  GgufWriter writer;
  add_tiny_bert(writer);
  writer.add_string("tokenizer.ggml.model", "bert");
  writer.add_strings("tokenizer.ggml.tokens", pieces);
  writer.add_i32s("tokenizer.ggml.token_type", types);
  writer.add_u32("tokenizer.ggml.padding_token_id", 0);
  writer.add_u32("tokenizer.ggml.unknown_token_id", 1);
  writer.add_u32("tokenizer.ggml.bos_token_id", 2);
  writer.add_u32("tokenizer.ggml.cls_token_id", 2);
  writer.add_u32("tokenizer.ggml.seperator_token_id", 3);  // as the library spells it
  writer.add_u32("tokenizer.ggml.mask_token_id", 4);
  TinyTensors tensors(writer);
  add_tiny_bert_tensors(tensors, pieces.size());
  return writer.bytes();
}

// A character map with single bytes as keys: a double-array trie and the texts behind it, as SentencePiece packs them.
inline std::string tiny_character_map(const std::map<char, std::string>& replacements) {
  constexpr std::uint32_t kChildren = 256, kLeaves = 512, kUnits = 1024;  // the root's children, and theirs
  std::vector<std::uint32_t> units(kUnits);
  std::string texts;
  units[0] = kChildren << 10;
  for (const auto& [key, text] : replacements) {
    const auto byte = static_cast<std::uint32_t>(static_cast<unsigned char>(key));
    const std::uint32_t place = kChildren ^ byte, leaf = kLeaves + byte;
    units[place] = byte | (1U << 8) | ((place ^ leaf) << 10);
    units[leaf] = static_cast<std::uint32_t>(texts.size()) | (1U << 31);
    texts += text + std::string(1, '\0');
  }
  std::string map(sizeof(std::uint32_t) * (1 + kUnits), '\0');
  const auto bytes = static_cast<std::uint32_t>(sizeof(std::uint32_t) * kUnits);
  std::memcpy(map.data(), &bytes, sizeof bytes);
  std::memcpy(map.data() + sizeof bytes, units.data(), bytes);
  return map + texts;
}

// The same BERT with a unigram vocabulary, as e5 has one.
inline std::string tiny_unigram_bytes() {
  std::vector<std::string> pieces = {"<s>", "<pad>", "</s>", "<unk>"};
  std::vector<std::int32_t> types = {kControlPiece, kControlPiece, kControlPiece, kUnknownPiece};
  std::vector<float> scores(pieces.size());
  const auto add = [&](const std::string& piece, float score) {
    pieces.push_back(piece);
    types.push_back(kNormalPiece);
    scores.push_back(score);
  };
  add("\u2581", -3);
  for (const char* letter : {"a", "b", "c", "d", "나", "루", "강", "을"}) add(letter, -6.5F);
  float score = -4;
  for (const char* piece : {"ab", "bc", "abc", "cd", "\u2581a", "\u2581ab", "\u2581abcd", "ba", "aa", "aaa", "나루",
                            "\u2581나루", "강을", "\u2581강", "루강", "da", "dab"}) {
    add(piece, score -= 0.37F);
  }
  pieces.emplace_back("unused");
  types.push_back(5);
  scores.push_back(0);

  GgufWriter writer;
  add_tiny_bert(writer);
  writer.add_string("tokenizer.ggml.model", "t5");
  writer.add_strings("tokenizer.ggml.tokens", pieces);
  writer.add_f32s("tokenizer.ggml.scores", scores);
  writer.add_i32s("tokenizer.ggml.token_type", types);
  writer.add_u32("tokenizer.ggml.bos_token_id", 0);
  writer.add_u32("tokenizer.ggml.padding_token_id", 1);
  writer.add_u32("tokenizer.ggml.eos_token_id", 2);
  writer.add_u32("tokenizer.ggml.unknown_token_id", 3);
  writer.add_bool("tokenizer.ggml.add_bos_token", true);
  writer.add_bool("tokenizer.ggml.add_eos_token", true);
  writer.add_bool("tokenizer.ggml.add_space_prefix", true);
  writer.add_bool("tokenizer.ggml.remove_extra_whitespaces", true);
  writer.add_bytes("tokenizer.ggml.precompiled_charsmap",
                   tiny_character_map({{'A', "a"}, {'B', "bb"}, {'\t', " "}, {'\x01', ""}, {'X', "a b"}}));
  TinyTensors tensors(writer);
  add_tiny_bert_tensors(tensors, pieces.size());
  return writer.bytes();
}

inline constexpr const char* kTinyChatTemplate =
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

// A llama of single bytes.
inline std::string tiny_chat_bytes(const std::string& chat_template = kTinyChatTemplate) {
  std::vector<std::string> pieces;
  char32_t stand_in = 0x100;  // what GPT-2 writes for bytes that have no glyph of their own
  for (char32_t byte = 0; byte < 256; ++byte) {
    const bool printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    append_utf8(pieces.emplace_back(), printable ? byte : stand_in++);
  }
  std::vector<std::int32_t> types(pieces.size(), kNormalPiece);
  const auto control_from = static_cast<std::uint32_t>(pieces.size());
  for (const char* control : {"<|endoftext|>", "<|im_start|>", "<|im_end|>"}) pieces.emplace_back(control);
  types.resize(pieces.size(), kControlPiece);
  pieces.emplace_back("th");
  types.push_back(kNormalPiece);
  const std::vector<std::string> merges = {"t h"};

  GgufWriter writer;
  writer.add_string("general.architecture", "llama");
  writer.add_string("general.name", "tiny chat");
  writer.add_u32("llama.context_length", kTinyChatContext);
  writer.add_u32("llama.embedding_length", kTinyWidth);
  writer.add_u32("llama.block_count", kTinyLayers);
  writer.add_u32("llama.feed_forward_length", kTinyFeedForward);
  writer.add_u32("llama.rope.dimension_count", kTinyWidth / kTinyHeads);
  writer.add_u32("llama.attention.head_count", kTinyHeads);
  writer.add_u32("llama.attention.head_count_kv", kTinyHeads / 2);
  writer.add_f32("llama.attention.layer_norm_rms_epsilon", 1e-5F);
  writer.add_string("tokenizer.ggml.model", "gpt2");
  writer.add_string("tokenizer.ggml.pre", "gpt-2");
  writer.add_strings("tokenizer.ggml.tokens", pieces);
  writer.add_i32s("tokenizer.ggml.token_type", types);
  writer.add_strings("tokenizer.ggml.merges", merges);
  writer.add_u32("tokenizer.ggml.bos_token_id", control_from);
  writer.add_u32("tokenizer.ggml.eos_token_id", control_from + 2);
  writer.add_bool("tokenizer.ggml.add_bos_token", false);
  if (!chat_template.empty()) writer.add_string("tokenizer.chat_template", chat_template);

  constexpr std::uint64_t w = kTinyWidth, f = kTinyFeedForward, kv = kTinyWidth / 2;
  constexpr float kScale = 0.4F;
  TinyTensors tensors(writer);
  tensors.noise("token_embd.weight", {w, pieces.size()}, 1);
  tensors.constant("output_norm.weight", w, 1);
  tensors.noise("output.weight", {w, pieces.size()}, 1);
  for (std::uint32_t layer = 0; layer < kTinyLayers; ++layer) {
    const std::string block = "blk." + std::to_string(layer) + ".";
    tensors.constant(block + "attn_norm.weight", w, 1);
    tensors.noise(block + "attn_q.weight", {w, w}, kScale);
    tensors.noise(block + "attn_k.weight", {w, kv}, kScale);
    tensors.noise(block + "attn_v.weight", {w, kv}, kScale);
    tensors.noise(block + "attn_output.weight", {w, w}, kScale);
    tensors.constant(block + "ffn_norm.weight", w, 1);
    tensors.noise(block + "ffn_gate.weight", {w, f}, kScale);
    tensors.noise(block + "ffn_up.weight", {w, f}, kScale);
    tensors.noise(block + "ffn_down.weight", {f, w}, kScale);
  }
  return writer.bytes();
}

// A file in a folder that goes with the object.
class TemporaryModel {
 public:
  explicit TemporaryModel(const std::string& bytes)
      : folder_(std::move(*TemporaryFolder::make("naru-model"))), path_(join_path(folder_.path(), "tiny.gguf")) {
    EXPECT_TRUE(write_file(path_, bytes).has_value());
  }
  const std::string& path() const { return path_; }

 private:
  TemporaryFolder folder_;
  std::string path_;
};

// The same logits behind a prompt, whether it was read in pieces of 64 or of 256.
inline void expect_equal_pieces(const std::shared_ptr<const LlamaModel>& model) {
  constexpr std::uint32_t kTokens = 512;
  std::vector<llama_token> prompt(kTokens);
  for (std::uint32_t i = 0; i < kTokens; ++i) prompt[i] = static_cast<llama_token>('a' + i * i % 23);
  std::vector<std::vector<float>> seen;
  for (const std::uint32_t piece : {64U, 256U}) {
    const auto context = LlamaContext::open(model, {.context_tokens = kTokens + 1, .batch_tokens = 256});
    ASSERT_TRUE(context.has_value()) << context.error().describe();
    for (std::uint32_t from = 0; from < kTokens; from += piece) {
      ASSERT_TRUE((*context)->append(0, std::span(prompt).subspan(from, piece), LlamaContext::Logits::of_last, {}));
    }
    ASSERT_TRUE((*context)->append(0, std::span(prompt).first(1), LlamaContext::Logits::of_last, {}));
    const std::span<const float> logits = (*context)->logits((*context)->last_place());
    seen.emplace_back(logits.begin(), logits.end());
  }
  EXPECT_EQ(seen[0], seen[1]);
}

}  // namespace naru::testing
