// extract and summarise: what they ask a model, what they keep of its answer, and how often it is asked.
#include <gtest/gtest.h>

#include <map>

#include "naru/registry.h"
#include "operator/shared/said.h"
#include "record/record_fields.h"
#include "record/value_json.h"

namespace naru {
namespace {

// Says what it is told to, and counts a word as a token.
class ScriptedGenerator : public Generator {
 public:
  ScriptedGenerator() {
    info_.name = "scripted";
    info_.context_tokens = 1000;
  }
  const ModelInfo& info() const override { return info_; }
  std::size_t count_tokens(std::string_view text) const override {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), ' ')) + 1;
  }
  Result<Generation> generate(const GenerateRequest& request, const std::function<bool(std::string_view)>&,
                              std::stop_token) override {
    asked.push_back(request);
    Generation said;
    said.text = answers.size() < asked.size() ? answers.back() : answers[asked.size() - 1];
    said.finish_reason = finish;
    return said;
  }

  ModelInfo info_;
  std::vector<std::string> answers = {"{}"};
  std::string finish = "stop";
  std::vector<GenerateRequest> asked;
};

class Answers : public AnswerMemo {
 public:
  std::optional<std::string> find(const Id128& key) override {
    const auto found = kept.find(key);
    return found == kept.end() ? std::nullopt : std::optional(found->second);
  }
  void keep(const Id128& key, std::string_view answer) override { kept[key] = answer; }
  std::map<Id128, std::string> kept;
};

struct Asking {
  Options extract(std::vector<std::string> fields, bool quoted = true) {
    Options options;
    options.set("fields", std::move(fields));
    options.set("field", std::string());
    options.set("quoted", quoted);
    options.set("max_tokens", std::int64_t{100});
    return options;
  }
  Options summarise() {
    Options options;
    options.set("sentences", std::int64_t{2});
    options.set("into", std::string("summary"));
    options.set("field", std::string("text"));
    options.set("max_tokens", std::int64_t{100});
    return options;
  }
  Result<Batch> work(const std::string& name, const Options& options, Batch batch) {
    Registry registry;
    register_operator(registry);
    OperatorContext context;
    context.generator = &model;
    context.answers = &answers;
    auto step = registry.find_operator(name)->make(options, context);
    if (!step) return step.error();
    fingerprint = (*step)->fingerprint();
    return (*step)->process(std::move(batch), nullptr, {});
  }
  // The row as JSON, or the error.
  std::string of_row(const std::string& name, const Options& options, const std::string& json) {
    Batch batch(1);
    batch[0].payload = Row{fields_from_json(json).value(), {}};
    const auto made = work(name, options, std::move(batch));
    return made ? to_json_line(std::get<Row>(made->at(0).payload).fields) : made.error().describe();
  }
  Document of_document(const std::string& name, const Options& options, const std::string& text) {
    Batch batch(1);
    Document document;
    document.blocks.emplace_back().text = text;
    batch[0].payload = std::move(document);
    auto made = work(name, options, std::move(batch));
    EXPECT_TRUE(made) << made.error().describe();
    return made ? std::get<Document>(made->at(0).payload) : Document();
  }

  ScriptedGenerator model;
  Answers answers;
  Id128 fingerprint;
};

TEST(ExtractStep, FillsInWhatStandsInTheTextAndNothingElse) {
  Asking asking;
  asking.model.answers = {R"({"vendor":"나루 상사","total":1200000,"due":"2026-03-01","kind":"invoice","place":"Busan"})"};
  const Options options = asking.extract({"vendor: text", "total: integer", "due: date", "kind: invoice|order",
                                          "place: text"});
  EXPECT_EQ(asking.of_row("extract", options, R"({"text":"나루  상사에 1,200,000원을 2026년 3월 1일까지"})"),
            R"({"text":"나루  상사에 1,200,000원을 2026년 3월 1일까지","vendor":"나루 상사","total":1200000,"due":"2026-03-01",)"
            R"("kind":"invoice","place":null})");
  const std::string& schema = asking.model.asked.at(0).json_schema;
  EXPECT_NE(schema.find(R"("required":["vendor","total","due","kind","place"])"), std::string::npos) << schema;
  EXPECT_EQ(asking.model.asked[0].temperature, 0.0F);
}

TEST(ExtractStep, TakesAModelAtItsWordWhereItIsToldTo) {
  Asking asking;
  asking.model.answers = {R"({"mood":"cheerful"})"};
  EXPECT_EQ(asking.of_row("extract", asking.extract({"mood: text"}, false), R"({"a":1})"),
            R"({"a":1,"mood":"cheerful"})");
}

TEST(ExtractStep, OfADocumentTheyAreMetadata) {
  Asking asking;
  asking.model.answers = {R"({"tags":["ferry","zeppelin"],"page":null})"};
  const Document made = asking.of_document("extract", asking.extract({"tags: texts", "page: integer"}), "A ferry");
  EXPECT_EQ(made.metadata, (Metadata{{"tags", "ferry"}}));
}

TEST(ExtractStep, AsksOnceForTheSameTextAndAgainForAnotherForm) {
  Asking asking;
  const Options options = asking.extract({"a: text"});
  asking.of_row("extract", options, R"({"x":1})");
  asking.of_row("extract", options, R"({"x":1})");
  EXPECT_EQ(asking.model.asked.size(), 1U);
  const Id128 before = asking.fingerprint;
  asking.of_row("extract", asking.extract({"b: text"}), R"({"x":1})");
  EXPECT_EQ(asking.model.asked.size(), 2U);
  EXPECT_NE(asking.fingerprint, before);
  asking.of_row("extract", options, R"({"x":2})");
  EXPECT_EQ(asking.model.asked.size(), 3U);
}

TEST(ExtractStep, ReadsTheBeginningOfALongTextAndSaysSo) {
  Asking asking;
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "word" + std::to_string(i) + " ";
  const Document made = asking.of_document("extract", asking.extract({"a: text"}), text);
  ASSERT_EQ(made.warnings.size(), 1U);
  const std::string& read = asking.model.asked.at(0).messages[1].content;
  EXPECT_LT(asking.model.count_tokens(read), 1000U - 100U);
  EXPECT_GT(asking.model.count_tokens(read), 600U);
  EXPECT_TRUE(text.starts_with(read));
}

TEST(ExtractStep, SaysWhatIsWrong) {
  Asking asking;
  const auto says = [&](std::vector<std::string> fields, std::string_view what) {
    return asking.of_row("extract", asking.extract(std::move(fields)), "{}").find(what) != std::string::npos;
  };
  EXPECT_TRUE(says({"a: colour"}, "\"colour\" is no kind"));
  EXPECT_TRUE(says({"a: text", "a: date"}, "stands twice"));
  asking.model.answers = {"Sure! Here"};
  EXPECT_TRUE(says({"a: text"}, "no JSON object: Sure!"));
  asking.model.finish = "length";
  EXPECT_TRUE(says({"a: date"}, "raise `max_tokens`"));
  EXPECT_EQ(asking.answers.kept.size(), 1U);
}

TEST(SaidText, KnowsNumbersAndDatesByTheirValue) {
  const SaidText text("Paid 1,234.50 on 2026.3.7, 12,5 and -8");
  const auto kept = [&](Value value) {
    text.keep_what_stands(value, {});
    return !value.is_null();
  };
  EXPECT_TRUE(kept(Value(1234.5)));
  EXPECT_TRUE(kept(Value(std::string("2026-03-07"))));
  EXPECT_TRUE(kept(Value(std::int64_t{-8})));
  EXPECT_TRUE(kept(Value(true)));
  EXPECT_FALSE(kept(Value(std::int64_t{125})));
  EXPECT_FALSE(kept(Value(std::string("2026-04-07"))));
  EXPECT_FALSE(kept(Value(std::int64_t{99})));
}

TEST(SummariseStep, SummarisesPartsAndThenTheirSummaries) {
  Asking asking;
  asking.model.answers = {"First part. Cut o", "Second part.", "Third part.", "All of it."};
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "word" + std::to_string(i) + " ";
  const Document made = asking.of_document("summarise", asking.summarise(), text);
  EXPECT_EQ(made.metadata, (Metadata{{"summary", "All of it."}}));
  ASSERT_EQ(asking.model.asked.size(), 4U);
  EXPECT_EQ(asking.model.asked[3].messages[1].content, "First part.\nSecond part.\nThird part.");
}

TEST(SummariseStep, LeavesAnEmptyTextAlone) {
  Asking asking;
  EXPECT_EQ(asking.of_row("summarise", asking.summarise(), R"({"text":" "})"), R"({"text":" "})");
  EXPECT_TRUE(asking.model.asked.empty());
}

}  // namespace
}  // namespace naru
