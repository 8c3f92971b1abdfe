// What it costs to make texts searchable, apart from everything else that `naru run` does: analysing them, and sealing
// them into segments. For bench/peers/lexical.py.
//
// usage: naru_seal TEXTS.jsonl OUT.json
// OUT: {"rows","terms","analysis_cpu_s","whole_cpu_s","bytes","segment","commits_cpu_s"}: CPU of analysis alone; of
// analysis and one segment, with its size and name; and as `naru run` does it, in segments of 1,024 rows that are
// merged by eight and at last into one. Reading the texts is not counted. One thread.
#include <algorithm>
#include <cstdlib>

#include "../quality/questions.h"
#include "runtime/usage.h"
#include "store/lexical/row_text.h"
#include "store/lexical/segment_builder.h"
#include "store/lexical/segment_merge.h"

namespace naru {

namespace {

constexpr std::size_t kCommitRows = 1024, kMergeFactor = 8;  // src/flow/commit.cpp, src/store/segment_set.cpp

using Texts = std::vector<BenchQuestion>;
using Segments = std::vector<std::shared_ptr<const Segment>>;

double since(std::int64_t start_ns) { return static_cast<double>(process_cpu_ns() - start_ns) / 1e9; }

std::uint64_t analyze_all(const Texts& texts) {
  RowAnalyzer analyzer;
  std::uint64_t terms = 0;
  for (const BenchQuestion& text : texts) terms += analyzer.analyze({text.text, {}, {}, {}})[0].terms.size();
  return terms;
}

Result<SegmentFile> seal(const Texts& texts, std::size_t first, std::size_t last, const std::string& folder) {
  SegmentBuilder builder;
  RowAnalyzer analyzer;
  for (std::size_t i = first; i < last; ++i) {
    builder.add({i + 1, static_cast<std::uint32_t>(i + 1), 0, 0, 0}, analyzer.analyze({texts[i].text, {}, {}, {}}));
  }
  return builder.write(folder);
}

Result<std::shared_ptr<const Segment>> merge(const Segments& segments, const std::string& folder) {
  std::vector<Bitmap> alive;
  std::vector<MergeInput> inputs;
  alive.reserve(segments.size());
  for (const auto& segment : segments) {
    alive.emplace_back(segment->rows(), true);
    inputs.push_back({segment.get(), &alive.back()});
  }
  const SegmentFile merged = NARU_TRY(merge_segments(inputs, folder));
  for (const auto& segment : segments) NARU_TRY(remove_file(join_path(folder, segment->name() + ".seg")));
  return Segment::open(folder, merged.name);
}

Status seal_in_commits(const Texts& texts, const std::string& folder) {
  std::vector<Segments> classes(1);
  for (std::size_t first = 0; first < texts.size(); first += kCommitRows) {
    const SegmentFile file = NARU_TRY(seal(texts, first, std::min(first + kCommitRows, texts.size()), folder));
    classes[0].push_back(NARU_TRY(Segment::open(folder, file.name)));
    for (std::size_t c = 0; c < classes.size() && classes[c].size() == kMergeFactor; ++c) {
      if (c + 1 == classes.size()) classes.emplace_back();
      classes[c + 1].push_back(NARU_TRY(merge(classes[c], folder)));
      classes[c].clear();
    }
  }
  Segments all;
  for (const Segments& of : classes) all.insert(all.end(), of.begin(), of.end());
  if (all.size() > 1) NARU_TRY(merge(all, folder));
  return {};
}

Status run(const std::string& path, const std::string& out) {
  const Texts texts = NARU_TRY(read_questions(path));
  const TemporaryFolder folder = NARU_TRY(TemporaryFolder::make("naru-seal"));
  Json figures;
  figures["rows"] = texts.size();
  std::int64_t start = process_cpu_ns();
  figures["terms"] = analyze_all(texts);
  figures["analysis_cpu_s"] = since(start);
  start = process_cpu_ns();
  const SegmentFile whole = NARU_TRY(seal(texts, 0, texts.size(), folder.path()));
  figures["whole_cpu_s"] = since(start);
  figures["bytes"] = whole.bytes;
  figures["segment"] = whole.name;
  start = process_cpu_ns();
  NARU_TRY(seal_in_commits(texts, folder.path()));
  figures["commits_cpu_s"] = since(start);
  return write_file(out, to_line(figures) + "\n");
}

}  // namespace

}  // namespace naru

int main(int count, char** values) {
  const std::vector<std::string> words(values, values + count);
  if (words.size() != 3) return EXIT_FAILURE;
  const naru::Status done = naru::run(words[1], words[2]);
  if (!done) naru::write_file(words[2] + ".error", done.error().describe() + "\n").has_value();
  return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
