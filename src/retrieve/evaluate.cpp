#include "retrieve/evaluate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <unordered_set>

#include "retrieve/written.h"
#include "runtime/clock.h"
#include "runtime/compress.h"
#include "runtime/files.h"
#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::size_t kDepthShort = 10;

// NAME or NAME.zst in the folder, whichever is there.
Result<std::string> find_part(const std::string& folder, const std::string& name) {
  for (const std::string& candidate : {join_path(folder, name), join_path(folder, name + ".zst")}) {
    if (file_exists(candidate)) return candidate;
  }
  return Error(Code::not_found, fmt::format("{} has no {} (or {}.zst); a set is a folder with corpus.jsonl, "
                                            "queries.jsonl and qrels.tsv",
                                            folder, name, name));
}

Result<std::string> read_part(const std::string& folder, const std::string& name) {
  const std::string path = NARU_TRY(find_part(folder, name));
  std::string bytes = NARU_TRY(read_file(path));
  if (path.ends_with(".zst")) return NARU_TRY_AT(zstd_decompress(bytes, kReadBytesMax), "reading " + path);
  return bytes;
}

// Calls back with each line that is not empty and its number from 1; lines end at "\n" only.
Status each_line(std::string_view text, const std::function<Status(std::string_view, std::size_t)>& take) {
  std::size_t number = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) NARU_TRY(take(line, number));
  }
  return {};
}

Result<std::string> text_field(const Json& object, const char* name, const std::string& where) {
  const auto it = object.find(name);
  if (it != object.end() && it->is_string()) return it->get<std::string>();
  if (it != object.end() && it->is_number_integer()) return std::to_string(it->get<std::int64_t>());
  return Error(Code::corrupt, fmt::format("{}: no text field \"{}\"", where, name));
}

double gain(int grade) { return std::exp2(grade) - 1; }

double recall(const std::vector<RankedDocument>& list, const std::map<std::string, int>& judged, std::size_t depth) {
  std::size_t relevant = 0, found = 0;
  for (const auto& [id, grade] : judged) relevant += grade > 0 ? 1 : 0;
  for (std::size_t i = 0; i < std::min(list.size(), depth); ++i) {
    const auto it = judged.find(list[i].id);
    found += it != judged.end() && it->second > 0 ? 1 : 0;
  }
  return relevant > 0 ? static_cast<double>(found) / static_cast<double>(relevant) : 0;
}

double reciprocal_rank(const std::vector<RankedDocument>& list, const std::map<std::string, int>& judged) {
  for (std::size_t i = 0; i < std::min(list.size(), kDepthShort); ++i) {
    const auto it = judged.find(list[i].id);
    if (it != judged.end() && it->second > 0) return 1.0 / static_cast<double>(i + 1);
  }
  return 0;
}

// Several chunks may be of one document: more are asked for until there are enough documents or no more chunks. `ms` is
// of the last time.
Result<std::vector<RankedDocument>> ask(Retriever& retriever, const std::string& text, const SearchRequest& how,
                                        const Principal& principal, std::stop_token stop, double* ms) {
  SearchRequest request = how;
  request.query = text;
  for (request.k = 2 * kRunDepth;; request.k = std::min(request.k * 2, kHitsMax)) {
    const std::int64_t start = system_clock().monotonic_ns();
    const SearchResult result = NARU_TRY(retriever.search(request, principal, stop));
    *ms = elapsed_ms(start, system_clock().monotonic_ns());
    std::vector<RankedDocument> list;
    std::unordered_set<std::string> seen;
    for (const Hit& hit : result.hits) {
      if (list.size() < kRunDepth && seen.insert(hit.chunk.doc).second) list.push_back({hit.chunk.doc, hit.score});
    }
    if (list.size() >= kRunDepth || result.hits.size() < request.k || request.k == kHitsMax) return list;
  }
}

double rounded(double value) { return std::round(value * 1e4) / 1e4; }

}  // namespace

double ndcg_at_10(const std::vector<RankedDocument>& list, const std::map<std::string, int>& judged) {
  double sum = 0;
  for (std::size_t i = 0; i < std::min(list.size(), kDepthShort); ++i) {
    const auto it = judged.find(list[i].id);
    if (it != judged.end()) sum += gain(it->second) / std::log2(static_cast<double>(i) + 2);
  }
  std::vector<int> grades;
  for (const auto& [id, grade] : judged) grades.push_back(grade);
  std::sort(grades.rbegin(), grades.rend());
  double best = 0;
  for (std::size_t i = 0; i < std::min(grades.size(), kDepthShort); ++i) {
    best += gain(grades[i]) / std::log2(static_cast<double>(i) + 2);
  }
  return best > 0 ? sum / best : 0;
}

double percentile(std::vector<double> sample, double fraction) {
  if (sample.empty()) return 0;
  std::sort(sample.begin(), sample.end());
  const auto rank = static_cast<std::size_t>(std::ceil(fraction * static_cast<double>(sample.size())));
  return sample[std::clamp<std::size_t>(rank, 1, sample.size()) - 1];
}

Result<EvalSet> read_eval_set(const std::string& folder) {
  EvalSet set;
  set.corpus_path = NARU_TRY(find_part(folder, "corpus.jsonl"));
  bool header = true;
  NARU_TRY(
      each_line(NARU_TRY(read_part(folder, "qrels.tsv")), [&](std::string_view line, std::size_t number) -> Status {
        if (std::exchange(header, false)) return {};
        const std::size_t first = line.find('\t');
        const std::size_t second = first == std::string_view::npos ? first : line.find('\t', first + 1);
        if (second == std::string_view::npos) {
          return Error(Code::corrupt,
                       fmt::format("qrels.tsv:{}: want query-id, corpus-id and score between tabs", number));
        }
        const std::string grade(line.substr(second + 1));
        char* end = nullptr;
        const long value = std::strtol(grade.c_str(), &end, 10);
        if (end == grade.c_str())
          return Error(Code::corrupt, fmt::format("qrels.tsv:{}: the score is no number", number));
        set.judgements[std::string(line.substr(0, first))][std::string(line.substr(first + 1, second - first - 1))] =
            static_cast<int>(std::clamp(value, 0L, 30L));
        return {};
      }));
  std::unordered_set<std::string> asked;
  NARU_TRY(
      each_line(NARU_TRY(read_part(folder, "queries.jsonl")), [&](std::string_view line, std::size_t number) -> Status {
        const std::string where = fmt::format("queries.jsonl:{}", number);
        const Json object = NARU_TRY_AT(parse_json(line), where);
        EvalQuery query {
          NARU_TRY(text_field(object, "_id", where))
          , NARU_TRY(text_field(object, "text", where))
        };
        const bool first = asked.insert(query.id).second;
        if (first && set.judgements.contains(query.id)) set.queries.push_back(std::move(query));
        return {};
      }));
  if (set.queries.empty()) return Error(Code::corrupt, "no query of queries.jsonl is judged in qrels.tsv");
  return set;
}

Json measure(const EvalSet& set, const LegRun& run) {
  double ndcg_sum = 0, recall10 = 0, recall100 = 0, mrr = 0;
  for (std::size_t i = 0; i < set.queries.size(); ++i) {
    const std::map<std::string, int>& judged = set.judgements.at(set.queries[i].id);
    ndcg_sum += ndcg_at_10(run.lists[i], judged);
    recall10 += recall(run.lists[i], judged, kDepthShort);
    recall100 += recall(run.lists[i], judged, kRunDepth);
    mrr += reciprocal_rank(run.lists[i], judged);
  }
  const double count = static_cast<double>(set.judgements.size());  // what could not be asked was not found either
  return {{"ndcg@10", rounded(ndcg_sum / count)},       {"recall@10", rounded(recall10 / count)},
          {"recall@100", rounded(recall100 / count)},   {"mrr@10", rounded(mrr / count)},
          {"ms_p50", rounded(percentile(run.ms, 0.5))}, {"ms_p99", rounded(percentile(run.ms, 0.99))}};
}

Result<LegRun> run_queries(const EvalSet& set, Retriever& retriever, const SearchRequest& how,
                           const Principal& principal, std::stop_token stop,
                           const std::function<void(std::size_t done)>& progress) {
  LegRun run;
  run.leg = how.leg;
  for (const EvalQuery& query : set.queries) {
    if (stop.stop_requested()) return Error(Code::cancelled, "stopped");
    double ms = 0;
    std::vector<RankedDocument> list;
    if (!fold_white_space(query.text).empty()) {
      list = NARU_TRY_AT(ask(retriever, query.text, how, principal, stop, &ms), "query " + query.id);
      run.ms.push_back(ms);
    }
    run.lists.push_back(std::move(list));
    if (progress) progress(run.lists.size());
  }
  return run;
}

Status write_run(const EvalSet& set, const LegRun& run, const std::string& folder) {
  NARU_TRY(make_folders(folder));
  std::string text;
  for (std::size_t i = 0; i < set.queries.size(); ++i) {
    for (std::size_t rank = 0; rank < run.lists[i].size(); ++rank) {
      text += fmt::format("{}\t{}\t{}\t{:.9g}\n", set.queries[i].id, run.lists[i][rank].id, rank + 1,
                          run.lists[i][rank].score);
    }
  }
  return write_file(join_path(folder, std::string(leg_name(run.leg)) + ".tsv"), text);
}

}  // namespace naru
