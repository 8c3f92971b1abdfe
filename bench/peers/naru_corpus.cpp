// What it costs to judge a corpus, and what is judged: for bench/peers/corpus.py, which asks others the same.
//
// usage: naru_corpus quality TEXTS.jsonl OUT.jsonl
//        naru_corpus near TEXTS.jsonl OUT.json
// `quality` writes a line for each set of rules, {"rules","cpu_s","bytes","faults":[limit or null for each text]};
// `near` writes {"bytes","sketch_cpu_s","sketch_bytes","whole_cpu_s","memory_bytes","kept":[id...],
// "pairs":[[a,b,jaccard]...]}: CPU of the packed sketches alone, and with the index and its checks; who stays; all
// pairs that share a band and whose sketches are alike enough. One thread; reading the texts is not counted.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>

#include "../quality/questions.h"
#include "operator/shared/near_duplicates.h"
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

constexpr double kNear = 0.8;

Result<Json> pairs_of(const Texts& texts, const std::vector<std::string>& packed) {
  std::vector<ShingleSketch> sketches;
  std::map<std::pair<std::size_t, std::uint32_t>, std::vector<std::size_t>> with_band;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    sketches.push_back(NARU_TRY(unpack_sketch(packed[i])));
    const std::vector<std::uint32_t>& bands = sketches.back().head.bands;
    for (std::size_t band = 0; band < bands.size(); ++band) with_band[{band, bands[band]}].push_back(i);
  }
  std::set<std::pair<std::size_t, std::size_t>> seen;
  Json pairs = Json::array();
  for (const auto& [band, members] : with_band) {
    for (std::size_t k = 0; k < members.size(); ++k) {
      for (std::size_t i = 0; i < k; ++i) {
        if (!seen.insert({members[i], members[k]}).second) continue;
        const double alike = jaccard(sketches[members[i]], sketches[members[k]]);
        if (alike >= kNear) pairs.push_back({texts[members[i]].id, texts[members[k]].id, alike});
      }
    }
  }
  return pairs;
}

Result<Json> near(const Texts& texts) {
  const Banding banding = banding_for(kNear);
  std::vector<std::string> packed;
  std::size_t bytes = 0, sketch_bytes = 0;
  const std::int64_t start = process_cpu_ns();
  for (const BenchQuestion& text : texts) {
    bytes += text.text.size();
    packed.push_back(pack_sketch(make_sketch(shingles_of(text.text), banding)));
    sketch_bytes += packed.back().size();
  }
  const double sketch_s = since(start);
  NearDuplicates index(kNear, texts.size(),
                       [&](NearDuplicates::Number one) -> Result<std::string> { return packed[one]; });
  Json kept = Json::array();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (!NARU_TRY(index.put(packed[i]))) kept.push_back(texts[i].id);
  }
  const double whole_s = since(start);
  return Json{{"bytes", bytes},
              {"sketch_cpu_s", sketch_s},
              {"sketch_bytes", sketch_bytes},
              {"whole_cpu_s", whole_s},
              {"memory_bytes", index.memory_bytes()},
              {"kept", kept},
              {"pairs", NARU_TRY(pairs_of(texts, packed))}};
}

Status run(const std::string& work, const std::string& in, const std::string& out) {
  const Texts texts = NARU_TRY(read_questions(in));
  if (work == "quality") return write_file(out, judge_by_each(texts));
  if (work == "near") return write_file(out, to_line(NARU_TRY(near(texts))) + "\n");
  return Error(Code::invalid_argument, "unknown work: " + work);
}

}  // namespace

}  // namespace naru

int main(int count, char** arguments) {
  if (count != 4) {
    std::fputs("usage: naru_corpus quality|near TEXTS.jsonl OUT\n", stderr);
    return 64;
  }
  const auto done = naru::run(arguments[1], arguments[2], arguments[3]);
  if (done) return 0;
  std::fprintf(stderr, "%s\n", done.error().describe().c_str());
  return 1;
}
