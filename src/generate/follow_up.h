// Follow-up questions: "그럼 반차는?" and "And for part-timers?" become questions that can be understood alone,
// from what was said before, so that retrieval finds what is meant. What was said before is never evidence: an answer
// rests on the passages that the rewritten question finds.
//
// A cheap rule decides whether a question leans on what was said; one that stands alone costs nothing. Then the chat
// model rewrites it, and what it wrote is taken only where it keeps to the words of the question and of the
// conversation. Without a model, or where it strayed, the question before is put in front, or its topic.
// Deterministic for a deterministic model. Plain values and pure functions but for resolve_follow_up(); any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "naru/model.h"
#include "naru/result.h"

namespace naru {

struct PastTurn {
  std::string question;  // as it was understood
  std::string answer;    // empty: it was refused
};

// What of a conversation the model is told, by the estimate of text/token_estimate.h: the rewriting of a question needs
// the last turns, and a model on two cores reads some 35 tokens a second.
inline constexpr std::size_t kHistoryTokensMax = 400;

// How much of a question or an answer is told.
inline constexpr std::size_t kTurnBytesMax = 240;

struct History {
  std::vector<PastTurn> turns;  // the kept ones, oldest first, each cut to kTurnBytesMax
  std::size_t dropped = 0;      // older ones that are not told

  bool empty() const { return turns.empty(); }
};

// Keeps the newest turns within `tokens_max`. When they no longer fit, the oldest go until half of it is used, so that
// the head of a room's prompt stays the same bytes for several turns and a model need not read it again.
History fit_history(const std::vector<PastTurn>& turns, std::size_t tokens_max = kHistoryTokensMax);

// Does it lean on what was said before, as far as its words tell? Rather yes than no: the model may leave it as it is.
bool may_follow_up(std::string_view question);

// The same head for every room, then the turns in their order, then what is new.
std::vector<Message> build_follow_up_prompt(std::string_view question, const History& history);

// What the model wrote, as one question; none where it says something else than the question and the conversation do.
std::optional<std::string> accept_rewritten(std::string_view written, std::string_view question,
                                            const History& history);

// The question before and this one.
std::string join_questions(std::string_view question, const History& history);

enum class Understood : std::uint8_t {
  alone,   // as it was asked
  model,   // rewritten
  joined,  // by join_questions()
};

struct FollowUp {
  std::string question;  // that can be understood alone
  Understood how = Understood::alone;
  std::uint32_t prompt_tokens = 0, completion_tokens = 0, cached_tokens = 0;
};

// `generator` may be null. Errors: cancelled alone; a model that fails leaves the joined question.
Result<FollowUp> resolve_follow_up(const std::string& question, const History& history, Generator* generator,
                                   std::stop_token stop);

}  // namespace naru
