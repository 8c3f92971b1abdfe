// What it costs to judge a corpus, and what is judged: for bench/peers/corpus.py, which asks others the same.
//
// usage: naru_corpus quality TEXTS.jsonl OUT.jsonl
// OUT: a line for each set of rules, {"rules","cpu_s","bytes","faults":[limit or null for each text]}. CPU of judging
// alone, in one thread; reading the texts is not counted.
#include <cstdio>
#include <cstdlib>

#include "../quality/questions.h"
#include "runtime/files.h"
#include "runtime/usage.h"
#include "text/quality.h"

namespace naru {

namespace {

using Texts = std::vector<BenchQuestion>;

double since(std::int64_t start_ns) { return static_cast<double>(process_cpu_ns() - start_ns) / 1e9; }

QualitySettings only(QualityRules rules) {
  QualitySettings settings;
  for (std::size_t i = 0; i < kQualityRules; ++i) {
    settings.set(static_cast<QualityRules>(i), static_cast<QualityRules>(i) == rules);
  }
  return settings;
}

Json judge_all(const Texts& texts, const QualitySettings& settings, std::string_view name) {
  Json faults = Json::array();
  std::size_t bytes = 0;
  const std::int64_t start = process_cpu_ns();
  for (const BenchQuestion& text : texts) {
    const auto fault = judge_quality(text.text, settings);
    bytes += text.text.size();
    faults.push_back(fault ? Json(quality_limits()[static_cast<std::size_t>(fault->limit)].name) : Json());
  }
  return {{"rules", name}, {"cpu_s", since(start)}, {"bytes", bytes}, {"faults", faults}};
}

std::string judge_by_each(const Texts& texts) {
  std::string out;
  for (std::size_t i = 0; i < kQualityRules; ++i) {
    const auto rules = static_cast<QualityRules>(i);
    out += to_line(judge_all(texts, only(rules), quality_rules_name(rules))) + "\n";
  }
  return out + to_line(judge_all(texts, QualitySettings(), "all")) + "\n";
}

Status run(const std::string& work, const std::string& in, const std::string& out) {
  const Texts texts = NARU_TRY(read_questions(in));
  if (work == "quality") return write_file(out, judge_by_each(texts));
  return Error(Code::invalid_argument, "unknown work: " + work);
}

}  // namespace

}  // namespace naru

int main(int count, char** arguments) {
  if (count != 4) {
    std::fputs("usage: naru_corpus quality TEXTS.jsonl OUT\n", stderr);
    return 64;
  }
  const auto done = naru::run(arguments[1], arguments[2], arguments[3]);
  if (done) return 0;
  std::fprintf(stderr, "%s\n", done.error().describe().c_str());
  return 1;
}
