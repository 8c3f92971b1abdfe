#include "model/gguf.h"

#include <ggml.h>
#include <gtest/gtest.h>

#include <cmath>

#include "model/llama_testing.h"
#include "runtime/shared_library.h"

namespace naru {
namespace {

using testing::tiny_chat_bytes;
using testing::tiny_embedder_bytes;

TEST(Gguf, ReadsWhatAModelSaysOfItself) {
  const auto chat = parse_gguf(tiny_chat_bytes());
  ASSERT_TRUE(chat.has_value()) << chat.error().describe();
  EXPECT_EQ(chat->architecture(), "llama");
  EXPECT_EQ(chat->hyperparameter("context_length", 0), testing::kTinyChatContext);
  EXPECT_EQ(chat->quantization(), "F32");
  EXPECT_EQ(chat->text("tokenizer.chat_template"), testing::kTinyChatTemplate);
  EXPECT_FALSE(chat->is_embedder());
  EXPECT_TRUE(check_model(*chat).has_value());
  const auto embedder = parse_gguf(tiny_embedder_bytes());
  ASSERT_TRUE(embedder.has_value());
  EXPECT_TRUE(embedder->is_embedder());
  EXPECT_TRUE(check_model(*embedder).has_value());
}

TEST(Gguf, RefusesAFileThatIsCutOffAnywhere) {
  const std::string whole = tiny_chat_bytes();
  const std::uint64_t data = parse_gguf(whole)->data_offset;
  for (std::size_t size = 0; size < whole.size(); size += size < data ? 13 : 4'099) {
    const auto info = parse_gguf(std::string_view(whole).substr(0, size));
    ASSERT_FALSE(info.has_value()) << size;
    EXPECT_EQ(info.error().code(), Code::corrupt) << size;
  }
}

TEST(Gguf, ReadsAFileInPiecesAsItReadsBytes) {
  const testing::TemporaryModel file(tiny_embedder_bytes());
  const auto from_file = read_gguf(file.path());
  const auto from_bytes = parse_gguf(tiny_embedder_bytes());
  ASSERT_TRUE(from_file.has_value() && from_bytes.has_value());
  EXPECT_EQ(from_file->tensors.size(), from_bytes->tensors.size());
  EXPECT_EQ(from_file->parameters, from_bytes->parameters);
  EXPECT_EQ(from_file->metadata.size(), from_bytes->metadata.size());
}

// A writer that puts one wrong thing into an otherwise empty file.
std::string small_file(const std::function<void(GgufWriter&)>& write) {
  GgufWriter writer;
  write(writer);
  return writer.bytes();
}

TEST(Gguf, RefusesWhatCannotBe) {
  const auto code_of = [](const std::string& bytes) {
    const auto info = parse_gguf(bytes);
    return info ? std::string("ok") : std::string(code_name(info.error().code()));
  };
  EXPECT_EQ(code_of(""), "corrupt");
  EXPECT_EQ(code_of("%PDF-1.7"), "corrupt");
  EXPECT_EQ(code_of(std::string("GGUF\0\0\0\3", 8)), "unsupported");  // big-endian
  EXPECT_EQ(code_of(std::string("GGUF\1\0\0\0", 8)), "unsupported");
  const auto twice = [](GgufWriter& writer) {
    writer.add_u32("a", 1);
    writer.add_u32("a", 2);
  };
  EXPECT_EQ(code_of(small_file(twice)), "corrupt");
  EXPECT_EQ(code_of(small_file([](GgufWriter& writer) { writer.add_u32("general.alignment", 24); })), "corrupt");
  EXPECT_EQ(code_of(small_file([](GgufWriter& writer) { writer.add_u32(std::string(300, 'k'), 1); })),
            "limit_exceeded");
  std::string many_tensors = small_file([](GgufWriter&) {});
  many_tensors[8 + 5] = 1;  // the high bytes of the number of tensors
  EXPECT_EQ(code_of(many_tensors), "limit_exceeded");
}

TEST(Gguf, RefusesModelsThatTheLibraryWouldEndTheProcessOver) {
  const auto chat = parse_gguf(tiny_chat_bytes());
  ASSERT_TRUE(chat.has_value());
  const auto refused = [&](const std::function<void(GgufInfo&)>& spoil) {
    GgufInfo info = *chat;
    spoil(info);
    return !check_model(info).has_value();
  };
  const auto with = [&](const char* key, double number) {
    return refused([&](GgufInfo& info) { info.metadata[key].number = number; });
  };
  EXPECT_TRUE(refused([](GgufInfo& info) { info.metadata.erase("general.architecture"); }));
  EXPECT_TRUE(refused([](GgufInfo& info) { info.tensors.clear(); }));
  EXPECT_TRUE(refused([](GgufInfo& info) { info.metadata.erase("tokenizer.ggml.tokens"); }));
  EXPECT_TRUE(refused([](GgufInfo& info) { info.metadata["tokenizer.ggml.tokens"].type = GgufType::i32; }));
  EXPECT_TRUE(refused([](GgufInfo& info) { info.metadata["tokenizer.ggml.token_type"].count = 3; }));
  EXPECT_TRUE(refused([](GgufInfo& info) { info.metadata["tokenizer.ggml.tokens"].distinct = false; }));
  EXPECT_TRUE(
      refused([](GgufInfo& info) { info.metadata["llama.pooling_type"] = {.type = GgufType::u32, .number = 77}; }));
  EXPECT_TRUE(with("llama.block_count", 0));
  EXPECT_TRUE(with("llama.block_count", 1e9));
  EXPECT_TRUE(with("llama.attention.layer_norm_rms_epsilon", -1));
  EXPECT_TRUE(with("llama.attention.layer_norm_rms_epsilon", std::nan("")));
  EXPECT_TRUE(with("llama.context_length", 0));
  EXPECT_TRUE(with("llama.attention.head_count", 0));
  EXPECT_TRUE(with("llama.attention.head_count_kv", 0));
  EXPECT_TRUE(with("llama.attention.head_count_kv", 3));
  EXPECT_TRUE(with("tokenizer.ggml.bos_token_id", 5'000));
}

TEST(Gguf, KnowsTheBlocksThatTheLibraryHas) {
  auto library = SharedLibrary::open(bundled_library_folder() + "/libggml-base.so");
  ASSERT_TRUE(library.has_value()) << library.error().describe();
  decltype(::ggml_blck_size)* elements = nullptr;
  decltype(::ggml_type_size)* bytes = nullptr;
  ASSERT_TRUE(library->bind("ggml_blck_size", elements) && library->bind("ggml_type_size", bytes));
  for (std::uint32_t type = 0; type < GGML_TYPE_COUNT; ++type) {
    const GgufBlock block = gguf_block(type);
    if (block.elements == 0) continue;
    EXPECT_EQ(block.elements, elements(static_cast<ggml_type>(type))) << block.name;
    EXPECT_EQ(block.bytes, bytes(static_cast<ggml_type>(type))) << block.name;
  }
}

TEST(Gguf, TellsEnglishOnlyEmbedders) {
  GgufInfo info;
  info.metadata["general.languages"] = {.type = GgufType::string, .is_array = true, .count = 1, .strings = {"en"}};
  EXPECT_TRUE(info.english_only());
  info.metadata["general.languages"] = {
      .type = GgufType::string, .is_array = true, .count = 2, .strings = {"en", "ko"}};
  EXPECT_FALSE(info.english_only());
  info.metadata.clear();
  info.metadata["tokenizer.ggml.model"] = {.text = "bert"};
  info.metadata["tokenizer.ggml.tokens"] = {.is_array = true, .count = 30'522};
  EXPECT_TRUE(info.english_only());
}

}  // namespace
}  // namespace naru
