// Several answers at once, by tiny models that tests write themselves.
#include "model/llama_batcher.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>

#include "model/llama.h"
#include "model/llama_testing.h"
#include "runtime/thread.h"

namespace naru {
namespace {

using testing::TemporaryModel;
using testing::tiny_chat_bytes;

constexpr std::uint32_t kStreams = 4;

std::unique_ptr<Generator> open_tiny(const TemporaryModel& model, std::uint32_t streams) {
  auto generator = open_llama_generator({.path = model.path(), .name = "tiny", .streams = streams});
  EXPECT_TRUE(generator.has_value()) << generator.error().describe();
  return generator ? std::move(*generator) : nullptr;
}

GenerateRequest ask(const std::string& text, std::uint32_t max_tokens) {
  return {.messages = {{"system", "You know nothing."}, {"user", text}}, .max_tokens = max_tokens};
}

std::string letters(std::size_t count, char first) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += static_cast<char>(first + i % 20);
  return text;
}

TEST(LlamaBatcher, WritesAnswersSideBySideAsItWritesEachAlone) {
  const TemporaryModel model(tiny_chat_bytes());
  const auto alone = open_tiny(model, 1), together = open_tiny(model, kStreams);
  ASSERT_TRUE(alone != nullptr && together != nullptr);
  std::vector<GenerateRequest> requests;
  for (std::uint32_t i = 0; i < kStreams; ++i) {
    requests.push_back(ask(letters(10 + 90 * i, static_cast<char>('a' + i)), 30 + 10 * i));
  }
  requests[1].temperature = 0.9F;
  requests[1].seed = 7;
  requests[2].json_schema = R"({"type":"array","items":{"type":"integer"},"minItems":3,"maxItems":3})";
  std::vector<std::string> texts(kStreams);
  // Nobody goes on before everybody has text: they are all being written.
  std::latch all_begun(kStreams);
  parallel_for(kStreams, kStreams, [&](std::size_t i) {
    bool begun = false;
    const auto on_text = [&](std::string_view) {
      if (!std::exchange(begun, true)) all_begun.arrive_and_wait();
      return true;
    };
    const auto generation = together->generate(requests[i], on_text, {});
    texts[i] = generation ? generation->text : generation.error().describe();
    if (!begun) all_begun.count_down();
  });
  for (std::uint32_t i = 0; i < kStreams; ++i) {
    const auto generation = alone->generate(requests[i], {}, {});
    ASSERT_TRUE(generation.has_value());
    EXPECT_EQ(texts[i], generation->text) << i;
  }
}

TEST(LlamaBatcher, StopsTheStreamOfWhoLeavesAndNoOther) {
  const TemporaryModel model(tiny_chat_bytes());
  const auto generator = open_tiny(model, 2);
  ASSERT_NE(generator, nullptr);
  constexpr std::uint32_t kTokens = 200;
  const auto whole = generator->generate(ask("stays", kTokens), {}, {});
  std::stop_source leaving;
  std::latch both(2);
  Result<Generation> stayed(Error(Code::internal, "")), left(Error(Code::internal, ""));
  const auto wait_once = [&](bool& begun) {
    if (!std::exchange(begun, true)) both.arrive_and_wait();
  };
  parallel_for(2, 2, [&](std::size_t i) {
    bool begun = false;
    if (i == 0) {
      stayed = generator->generate(ask("stays", kTokens), [&](auto) { return wait_once(begun), true; }, {});
      return;
    }
    const auto leave = [&](std::string_view) {
      wait_once(begun);
      return leaving.request_stop();
    };
    left = generator->generate(ask("leaves", 100'000), leave, leaving.get_token());
  });
  ASSERT_FALSE(left.has_value());
  EXPECT_EQ(left.error().code(), Code::cancelled);
  ASSERT_TRUE(stayed.has_value()) << stayed.error().describe();
  EXPECT_EQ(stayed->text, whole->text);
  EXPECT_EQ(stayed->completion_tokens, whole->completion_tokens);
}

TEST(LlamaBatcher, KeepsAConversationSoThatATurnCostsWhatIsNew) {
  const TemporaryModel model(tiny_chat_bytes());
  const auto generator = open_tiny(model, 2);
  ASSERT_NE(generator, nullptr);
  GenerateRequest request = ask(letters(100, 'a'), 40);
  request.json_schema = R"({"const":"abcabc"})";
  const auto first = generator->generate(request, {}, {});
  ASSERT_TRUE(first.has_value());
  ASSERT_EQ(first->text, "\"abcabc\"");
  ASSERT_TRUE(generator->generate(ask(letters(300, 'c'), 3), {}, {}));  // another room's
  request.messages.push_back({"assistant", first->text});
  request.messages.push_back({"user", "go on"});
  const auto second = generator->generate(request, {}, {});
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->cached_tokens, first->prompt_tokens + first->text.size());
}

TEST(LlamaBatcher, SharesABeginningThatIsStillBeingUsed) {
  const TemporaryModel model(tiny_chat_bytes());
  const auto generator = open_tiny(model, 2);
  ASSERT_NE(generator, nullptr);
  const std::string start = letters(300, 'a');
  const std::string expected = generator->generate(ask(start + "two", 20), {}, {})->text;
  Result<Generation> second(Error(Code::internal, ""));
  const auto first = generator->generate(ask(start + "one", 100), [&](std::string_view) {
    if (!second) second = generator->generate(ask(start + "two", 20), {}, {});
    return true;
  }, {});
  ASSERT_TRUE(first.has_value() && second.has_value());
  EXPECT_EQ(second->cached_tokens, 320U);  // five pieces
  EXPECT_EQ(second->text, expected);
}

TEST(LlamaBatcher, RefusesWhoWouldWaitBehindTooMany) {
  const TemporaryModel model(tiny_chat_bytes());
  const auto opened = LlamaModel::open(model.path(), LlamaPart::whole);
  ASSERT_TRUE(opened.has_value());
  constexpr unsigned kCallers = 12;
  const auto batcher = LlamaBatcher::open(*opened, {.context_tokens = 640, .streams = 1, .waiting_max = 1});
  ASSERT_TRUE(batcher.has_value());
  const std::vector<llama_token> prompt(300, 'a');
  std::latch ready(kCallers);
  std::atomic<int> written = 0, refused = 0;
  parallel_for(kCallers, kCallers, [&](std::size_t) {
    const auto sampler = LlamaSampler::open(**opened, {});
    const std::vector<std::string> stop;
    ready.arrive_and_wait();
    const auto done =
        (*batcher)->run({.prompt = prompt, .sampler = **sampler, .stop = stop, .max_tokens = 300}, {}, {});
    if (done) ++written;
    if (!done && done.error().code() == Code::unavailable) ++refused;
  });
  EXPECT_GE(written, 1);
  EXPECT_GE(refused, 1);
  EXPECT_EQ(written + refused, static_cast<int>(kCallers));
}

// So it can be read in small pieces beside others and in large ones alone, and be kept for either.
TEST(LlamaContext, ReadsAPromptToTheSameBitsInAnyNumberOfPieces) {
  const TemporaryModel file(tiny_chat_bytes());
  const auto model = LlamaModel::open(file.path(), LlamaPart::whole);
  ASSERT_TRUE(model.has_value());
  testing::expect_equal_pieces(*model);
}

TEST(LlamaContext, RefusesStepsOfSequencesThatTheLibraryWouldEndTheProcessOver) {
  const TemporaryModel file(tiny_chat_bytes());
  const auto model = LlamaModel::open(file.path(), LlamaPart::whole);
  ASSERT_TRUE(model.has_value());
  const auto context =
      LlamaContext::open(*model, {.context_tokens = 256, .sequences = 2, .batch_tokens = 128});
  ASSERT_TRUE(context.has_value());
  using Next = LlamaContext::Next;
  const std::vector<std::vector<Next>> wrong = {
      {}, {Next{2, 1, {}}}, {Next{1, 1, {}}, Next{0, 1, {}}}, {Next{0, 1, {}}, Next{0, 1, {}}}, {Next{0, -1, {}}},
      {Next{0, 1'000'000, {}}}};
  for (const std::vector<Next>& next : wrong) EXPECT_FALSE((*context)->append_each(next).has_value());
  const std::vector<llama_token> chunk(128, 1);
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE((*context)->append(1, chunk, LlamaContext::Logits::none, {}).has_value());
  }
  const std::vector<Next> both = {Next{0, 1, {}}, Next{1, 1, {}}};
  EXPECT_EQ((*context)->append_each(both).error().code(), Code::limit_exceeded);  // one has no room
  EXPECT_EQ((*context)->length(0), 0U);
  (*context)->cut(1, 200);
  EXPECT_TRUE((*context)->append_each(both).has_value());
  (*context)->copy(1, 0);
  EXPECT_EQ((*context)->length(0), 201U);
  EXPECT_FALSE((*context)->logits(1).empty());
}

}  // namespace
}  // namespace naru
