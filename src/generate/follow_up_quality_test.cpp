// How often retrieval finds the passage that a follow-up question is about: as it was asked, with the question before
// in front, and rewritten by a model. The figures of docs/decisions/0022-rooms.md come from here:
//
//   NARU_FOLLOW_UP_MODEL=NAME build/release/generate_test --gtest_filter='*FollowUpQuality.*'
//
// NAME: a model of the catalogue, or "default".
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "generate/follow_up.h"
#include "generate/testing.h"
#include "model/open.h"

namespace naru {
namespace {

// Of the words' leg alone, at this place or better.
constexpr std::size_t kPlaces = 3;

struct Conversation {
  History history;
  std::string question, doc;
  std::uint32_t chunk = 0;
};

std::vector<Conversation> read_conversations(const Json& listed) {
  std::vector<Conversation> all;
  for (const Json& one : listed) {
    all.push_back({fit_history({{one["first"], one["answer"]}}), one["then"], one["doc"], one["chunk"]});
  }
  return all;
}

// Two sets: in "conversations" most follow-ups have a word that only one document has, in "harder" every document has
// the follow-up's words, and only what was said before tells which is meant.
class FollowUpQuality : public ::testing::TestWithParam<const char*> {
 protected:
  FollowUpQuality() {
    const Json data = *parse_json(*read_file(std::string("tests/data/follow_up/") + GetParam() + ".json"));
    for (const auto& [name, paragraphs] : data["documents"].items()) base_.add(name, paragraphs);
    leaning_ = read_conversations(data["leaning"]);
    alone_ = read_conversations(data["alone"]);
  }

  // Place of the passage among the hits, from 1; 0: not among the first.
  std::size_t place_of(const Conversation& wanted, const FollowUp& asked) {
    SearchRequest request;
    request.query = asked.question;
    if (asked.how == Understood::joined) request.stress = wanted.question;  // as Answerer does
    request.k = kPlaces;
    request.leg = Leg::lexical;
    const Result<SearchResult> found = retriever_.search(request, Principal::owner(), {});
    EXPECT_TRUE(found) << found.error().describe();
    for (std::size_t i = 0; found && i < found->hits.size(); ++i) {
      const ChunkView& chunk = found->hits[i].chunk;
      if (chunk.doc == wanted.doc && chunk.number == wanted.chunk) return i + 1;
    }
    return 0;
  }

  struct Hits {
    std::size_t first = 0, among = 0;
    void count(std::size_t place) {
      first += place == 1 ? 1 : 0;
      among += place > 0 ? 1 : 0;
    }
  };
  template <class Ask>
  Hits hits(const std::vector<Conversation>& conversations, Ask ask) {
    Hits hits;
    for (const Conversation& one : conversations) hits.count(place_of(one, ask(one)));
    return hits;
  }

  testing::KnowledgeBase base_;
  Retriever retriever_{base_.store(), nullptr, {}};
  std::vector<Conversation> leaning_, alone_;
};

// A question of two words of its own may lean on what was said and not look like it: "고장 나면 어디에 알리나요?"
TEST_P(FollowUpQuality, TheRuleSuspectsFourFollowUpsOfFiveAndNoQuestionThatStandsAlone) {
  const auto suspected = std::count_if(leaning_.begin(), leaning_.end(),
                                       [](const Conversation& one) { return may_follow_up(one.question); });
  EXPECT_GE(static_cast<std::size_t>(suspected) * 5, leaning_.size() * 4);
  for (const Conversation& one : alone_) EXPECT_FALSE(may_follow_up(one.question)) << one.question;
}

TEST_P(FollowUpQuality, WithoutAModelMoreIsFoundThanAsAsked) {
  const auto as_asked = [](const Conversation& one) { return FollowUp{one.question}; };
  const auto understood = [](const Conversation& one) {
    return *resolve_follow_up(one.question, one.history, nullptr, {});
  };
  const Hits before = hits(leaning_, as_asked), after = hits(leaning_, understood);
  fmt::print("of {}: as asked {} first, {} among {}; joined {} first, {} among {}\n", leaning_.size(), before.first,
             before.among, kPlaces, after.first, after.among, kPlaces);
  EXPECT_GT(after.among, before.among);
  EXPECT_GT(after.first, before.first);
  EXPECT_EQ(hits(alone_, as_asked).first, hits(alone_, understood).first);
}

TEST_P(FollowUpQuality, WithAModelIsTold) {
  const char* const name = std::getenv("NARU_FOLLOW_UP_MODEL");
  if (name == nullptr) GTEST_SKIP() << "NARU_FOLLOW_UP_MODEL names no model";
  ModelSpec spec;
  spec.kind = ModelSpec::Kind::local;
  spec.name = name;
  const auto model = open_generator(spec);
  ASSERT_TRUE(model) << model.error().describe();
  Hits rewritten;
  std::size_t by_model = 0, joined = 0;
  for (const Conversation& one : leaning_) {
    const FollowUp result = *resolve_follow_up(one.question, one.history, model->get(), {});
    by_model += result.how == Understood::model ? 1 : 0;
    joined += result.how == Understood::joined ? 1 : 0;
    const std::size_t place = place_of(one, result);
    rewritten.count(place);
    fmt::print("{} {} <- {}\n", place, result.question, one.question);
  }
  fmt::print("of {}: {} first, {} among {}; {} by the model, {} joined\n", leaning_.size(), rewritten.first,
             rewritten.among, kPlaces, by_model, joined);
}

INSTANTIATE_TEST_SUITE_P(Sets, FollowUpQuality, ::testing::Values("conversations", "harder"),
                         [](const ::testing::TestParamInfo<const char*>& set) { return std::string(set.param); });

}  // namespace
}  // namespace naru
