#include "model/llama_sequences.h"

#include <gtest/gtest.h>

#include <numeric>

namespace naru {
namespace {

constexpr std::uint32_t kChunk = 10;

std::vector<llama_token> tokens(std::size_t count, llama_token first) {
  std::vector<llama_token> made(count);
  std::iota(made.begin(), made.end(), first);
  return made;
}

std::vector<llama_token> together(std::vector<llama_token> a, const std::vector<llama_token>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// Takes a sequence for a prompt, computes it by chunks and writes an answer.
LlamaSequences::Place answer(LlamaSequences& sequences, const std::vector<llama_token>& prompt,
                             const std::vector<llama_token>& written) {
  const auto place = sequences.take(prompt);
  EXPECT_TRUE(place.has_value());
  for (std::size_t at = place->reused; at < prompt.size();) {
    const std::size_t size = std::min<std::size_t>(kChunk, prompt.size() - at);
    sequences.read(place->sequence, std::span(prompt).subspan(at, size), kChunk);
    at += size;
  }
  for (const llama_token token : written) sequences.wrote(place->sequence, token);
  sequences.give_back(place->sequence);
  return *place;
}

TEST(LlamaSequences, ReuseWholeChunksOfWhatAPromptShares) {
  LlamaSequences sequences(1);
  EXPECT_EQ(answer(sequences, tokens(35, 0), {}).reused, 0U);
  EXPECT_EQ(answer(sequences, together(tokens(29, 0), tokens(9, 100)), {}).reused, 20U);
  EXPECT_EQ(answer(sequences, together(tokens(20, 0), tokens(9, 200)), {}).reused, 20U);
  EXPECT_EQ(answer(sequences, tokens(20, 0), {}).reused, 10U);  // the last token is always computed
  EXPECT_EQ(answer(sequences, tokens(9, 0), {}).reused, 0U);
}

TEST(LlamaSequences, TakeAnAnswerAsItWasWrittenWhereTheConversationGoesOn) {
  LlamaSequences sequences(2);
  const std::vector<llama_token> question = tokens(25, 0), written = tokens(7, 500);
  answer(sequences, question, written);
  const std::vector<llama_token> next = together(together(question, written), tokens(14, 100));
  const auto second = answer(sequences, next, tokens(5, 600));
  EXPECT_EQ(second.reused, 32U);
  EXPECT_FALSE(second.copy_of.has_value());
  // The same turn once more is computed from where it began, by the same steps.
  EXPECT_EQ(answer(sequences, next, tokens(5, 600)).reused, 42U);
  // The first question again does not see that an answer follows it.
  EXPECT_EQ(answer(sequences, question, written).reused, 20U);
}

TEST(LlamaSequences, LeaveAConversationAloneOfWhichAPromptSharesLittle) {
  LlamaSequences sequences(2);
  const auto first = answer(sequences, tokens(80, 0), {});
  const auto other = answer(sequences, together(tokens(20, 0), tokens(30, 100)), {});
  EXPECT_NE(other.sequence, first.sequence);
  EXPECT_EQ(other.copy_of, first.sequence);
  EXPECT_EQ(other.reused, 20U);
  EXPECT_EQ(answer(sequences, tokens(80, 0), {}).reused, 70U);
}

TEST(LlamaSequences, DropTheLeastRecentlyUsed) {
  LlamaSequences sequences(3);
  for (const llama_token first : {0, 1000, 2000}) answer(sequences, tokens(50, first), {});
  EXPECT_EQ(answer(sequences, tokens(50, 0), {}).reused, 40U);
  answer(sequences, tokens(50, 3000), {});
  EXPECT_EQ(answer(sequences, tokens(50, 2000), {}).reused, 40U);
  EXPECT_EQ(answer(sequences, tokens(50, 0), {}).reused, 40U);
  EXPECT_EQ(answer(sequences, tokens(50, 1000), {}).reused, 0U);
}

TEST(LlamaSequences, CopyFromOneThatIsTakenAndNeverGiveItTwice) {
  LlamaSequences sequences(2);
  const std::vector<llama_token> prompt = tokens(30, 0);
  const auto first = sequences.take(prompt);
  ASSERT_TRUE(first.has_value());
  sequences.read(first->sequence, std::span(prompt).first(20), 20);
  const auto second = sequences.take(prompt);
  ASSERT_TRUE(second.has_value());
  EXPECT_NE(second->sequence, first->sequence);
  EXPECT_EQ(second->copy_of, first->sequence);
  EXPECT_EQ(second->reused, 20U);
  EXPECT_FALSE(sequences.take(prompt).has_value());
  sequences.give_back(second->sequence);
  EXPECT_EQ(sequences.take(prompt)->sequence, second->sequence);
}

TEST(LlamaSequences, ForgetWhatAContextCouldNotKeep) {
  LlamaSequences sequences(1);
  answer(sequences, tokens(50, 0), {});
  const auto place = sequences.take(tokens(50, 0));
  EXPECT_EQ(place->reused, 40U);
  sequences.keep(place->sequence, 0);
  sequences.give_back(place->sequence);
  EXPECT_EQ(answer(sequences, tokens(50, 0), {}).reused, 0U);
}

}  // namespace
}  // namespace naru
