// naru bench vectors: how long and how exactly a file of vectors is searched, by the files, the codes and the scans
// that the knowledge base uses. Nothing is kept: the index lies in the system's temporary folder meanwhile.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "app/commands/bench_passes.h"
#include "app/commands/commands.h"
#include "app/words.h"
#include "runtime/clock.h"
#include "runtime/files.h"
#include "runtime/usage.h"
#include "store/vector/codes.h"
#include "store/vector/vector_index.h"

namespace naru {

namespace {

constexpr std::uint64_t kHitsDefault = 10, kPassesDefault = 5;

// Of a model known today a quarter; a row of more would be a mistaken flag.
constexpr std::uint64_t kDimsMax = 65'536;

// Rows are numbered in 32 bits, as those of a knowledge base are.
constexpr std::uint64_t kRowsMax = (1ULL << 32) - 1;

// How far the squared length of a unit vector may lie from 1: half precision is ten times nearer.
constexpr double kUnitTolerance = 0.01;

struct VectorBenchFlags {
  std::optional<std::string> input, queries, keep, mask, out;
  std::optional<std::uint64_t> dims, k, passes;
  bool exact = false;
};

// Rows of little-endian float32 in a mapped file.
struct FloatRows {
  MappedFile file;
  std::size_t dims = 0, count = 0;

  void read(std::size_t i, std::vector<float>& row) const {
    row.resize(dims);
    std::memcpy(row.data(), file.bytes().data() + i * dims * sizeof(float), dims * sizeof(float));
  }
};

// Which rows are searched, and what the answer calls them.
struct RowFilter {
  std::string name;
  Bitmap mask;
};

Status check_unit(const std::vector<float>& row, const std::string& path, std::size_t i) {
  double squares = 0;
  for (const float value : row) squares += static_cast<double>(value) * value;
  if (std::abs(squares - 1) <= kUnitTolerance) return {};  // false for what is no number
  return Error(Code::invalid_argument,
               std::isfinite(squares)
                   ? fmt::format("{}: row {} has the length {:.4f}; rows are unit vectors", path, i, std::sqrt(squares))
                   : fmt::format("{}: row {} holds what is no finite number", path, i));
}

Result<FloatRows> open_rows(const std::string& path, std::size_t dims) {
  FloatRows rows{NARU_TRY(MappedFile::open(path)), dims, 0};
  const std::size_t size = rows.file.bytes().size(), row_bytes = dims * sizeof(float);
  if (size == 0 || size % row_bytes != 0) {
    return Error(Code::invalid_argument, fmt::format("{} has {} bytes, which is no whole number of rows of {} float32 "
                                                     "({} bytes each)",
                                                     path, size, dims, row_bytes));
  }
  rows.count = size / row_bytes;
  if (rows.count > kRowsMax) {
    return Error(Code::invalid_argument,
                 fmt::format("{} has {} rows; at most {} are taken", path, rows.count, kRowsMax));
  }
  return rows;
}

// Row i is kept where (i · 2654435761) mod 2³² < fraction · 2³²: Knuth's multiplicative hash, so that any program can
// keep the same rows.
Bitmap kept_rows(double fraction, std::size_t count) {
  constexpr std::uint64_t kMultiplier = 2654435761, kRange = 1ULL << 32;
  Bitmap mask(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    if (static_cast<double>(i * kMultiplier % kRange) < fraction * static_cast<double>(kRange)) mask.set(i);
  }
  return mask;
}

Result<Bitmap> read_mask(const std::string& path, std::size_t count) {
  const MappedFile file = NARU_TRY(MappedFile::open(path));
  if (file.bytes().size() != count) {
    return Error(Code::invalid_argument,
                 fmt::format("the mask {} has {} bytes for {} rows; it has one byte a row", path, file.bytes().size(),
                             count));
  }
  Bitmap mask(count);
  for (std::size_t i = 0; i < count; ++i) {
    const char byte = file.bytes()[i];
    if (byte != 0 && byte != 1) {
      return Error(Code::invalid_argument,
                   fmt::format("the mask {} has the byte {} at {}; 1 keeps a row, 0 does not", path,
                               static_cast<unsigned>(static_cast<unsigned char>(byte)), i));
    }
    if (byte == 1) mask.set(i);
  }
  return mask;
}

// All rows first, then what --keep and --mask ask for.
Result<std::vector<RowFilter>> filters_of(const VectorBenchFlags& flags, const Invocation& invocation,
                                          std::size_t count) {
  std::vector<RowFilter> filters;
  filters.push_back({"all", Bitmap(count, true)});
  for (const std::string& text : split_list(flags.keep.value_or(""))) {
    double fraction = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), fraction);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    if (!whole || !(fraction > 0 && fraction <= 1)) {
      return Error(Code::invalid_argument, fmt::format("--keep \"{}\": wants fractions above 0 and up to 1", text));
    }
    filters.push_back({text, kept_rows(fraction, count)});
  }
  if (flags.mask) filters.push_back({"mask", NARU_TRY(read_mask(invocation.path(*flags.mask), count))});
  return filters;
}

struct BuiltIndex {
  std::string name;
  std::uint64_t rows = 0;
};

// As a run that embeds does it: appended under keys, synced, coded. A key here is the row's number, so
// that equal rows stay two.
Result<BuiltIndex> build(const std::string& input, std::size_t dims, const std::string& folder) {
  const FloatRows rows = NARU_TRY(open_rows(input, dims));
  ModelInfo model;
  model.name = "bench";
  model.fingerprint = hash128("naru bench vectors");
  model.dims = static_cast<std::uint32_t>(dims);
  const std::string name = vector_file_name(model);
  const std::unique_ptr<VectorWriter> writer = NARU_TRY(VectorWriter::open(folder, name, model, 0));
  std::vector<float> row;
  for (std::size_t i = 0; i < rows.count; ++i) {
    rows.read(i, row);
    NARU_TRY(check_unit(row, input, i));
    NARU_TRY(writer->append(hash128(std::to_string(i)), row));
  }
  NARU_TRY(writer->sync());
  NARU_TRY(refresh_codes(folder, name, *NARU_TRY(VectorRows::open(folder, name, model.dims, rows.count))));
  return BuiltIndex{name, rows.count};
}

Result<std::vector<std::vector<float>>> read_queries(const std::string& path, std::size_t dims) {
  const FloatRows rows = NARU_TRY(open_rows(path, dims));
  std::vector<std::vector<float>> queries(rows.count);
  for (std::size_t i = 0; i < rows.count; ++i) {
    rows.read(i, queries[i]);
    NARU_TRY(check_unit(queries[i], path, i));
  }
  return queries;
}

std::string hits_line(const RowFilter& filter, std::size_t query, const std::vector<RowScore>& found, std::size_t k) {
  Json ids = Json::array();
  for (std::size_t i = 0; i < std::min(k, found.size()); ++i) ids.push_back(found[i].row);  // ties behind k are cut
  return to_line({{"filter", filter.name}, {"query", query}, {"ids", std::move(ids)}}) + "\n";
}

void print(const Json& figures, Output& output) {
  output.line(fmt::format("{} vectors built in {:.2f} s ({:.2f} CPU), {:.0f} bytes each, {:.0f} resident",
                          figures["vectors"].get<std::uint64_t>(), figures["build_s"].get<double>(),
                          figures["build_cpu_s"].get<double>(), figures["bytes_per_vector"].get<double>(),
                          figures["rss_per_vector"].get<double>()));
  const auto row = [&](std::string_view name, const Json& times) {
    output.line(fmt::format("{:<8} {:.3f} ms a query ({:.3f} CPU), p50 {:.3f}, p99 {:.3f}", name,
                            times["ms_mean"].get<double>(), times["ms_cpu"].get<double>(),
                            times["ms_p50"].get<double>(), times["ms_p99"].get<double>()));
  };
  row("all", figures);
  for (const auto& [name, times] : figures["filters"].items()) row(name, times);
}

Result<int> run(const VectorBenchFlags& flags, Invocation& invocation) {
  if (!flags.input || !flags.queries || !flags.dims) {
    return Error(Code::invalid_argument, "--input FILE, --queries FILE and --dims N are needed; see `--help`");
  }
  const std::size_t dims = *flags.dims, k = flags.k.value_or(kHitsDefault);
  const std::vector<std::vector<float>> queries = NARU_TRY(read_queries(invocation.path(*flags.queries), dims));
  const TemporaryFolder folder = NARU_TRY(TemporaryFolder::make("naru-bench-"));
  const std::int64_t start = system_clock().monotonic_ns(), cpu_start = process_cpu_ns();
  const BuiltIndex built = NARU_TRY(build(invocation.path(*flags.input), dims, folder.path()));
  const double build_cpu_s = elapsed_ms(cpu_start, process_cpu_ns()) / 1000;
  const double build_s = elapsed_ms(start, system_clock().monotonic_ns()) / 1000;

  const std::uint64_t resident_before = resident_bytes();
  const auto index =
      NARU_TRY(VectorIndex::open(folder.path(), built.name, static_cast<std::uint32_t>(dims), built.rows));
  const std::size_t rows = built.rows;
  const double count = static_cast<double>(rows);
  Json figures = {{"vectors", rows}, {"queries", queries.size()}, {"build_cpu_s", build_cpu_s},
                  {"build_s", build_s}, {"bytes_per_vector", static_cast<double>(folder_bytes(folder.path())) / count},
                  {"filters", Json::object()}};
  const VectorSearch how = flags.exact ? VectorSearch::exact : VectorSearch::fast;
  std::string hits;
  for (const RowFilter& filter : NARU_TRY(filters_of(flags, invocation, rows))) {
    const auto ask = [&](std::size_t i, Pass pass) -> Status {
      const std::vector<RowScore> found = NARU_TRY(index->search(filter.mask, queries[i], k, how));
      if (pass == Pass::warm && flags.out) hits += hits_line(filter, i, found, k);
      return {};
    };
    Json times =
        NARU_TRY(time_passes(queries.size(), flags.passes.value_or(kPassesDefault), invocation.stop(), ask));
    if (filter.name != "all") {
      times["kept"] = filter.mask.count();
      figures["filters"][filter.name] = std::move(times);
      continue;
    }
    figures.update(times);
    const std::uint64_t resident = resident_bytes();  // of what is open to search, once all was asked for
    figures["rss_per_vector"] = static_cast<double>(resident - std::min(resident, resident_before)) / count;
  }
  if (flags.out) NARU_TRY(write_file(invocation.path(*flags.out), hits));
  if (invocation.json()) {
    invocation.output().json(figures);
  } else {
    print(figures, invocation.output());
  }
  return 0;
}

}  // namespace

void build_bench_vectors(Syntax& syntax) {
  const auto flags = std::make_shared<VectorBenchFlags>();
  syntax.text("--input", "V.f32", flags->input, "Vectors: rows of little-endian float32, of unit length.")
      .text("--queries", "Q.f32", flags->queries, "Query vectors, likewise.")
      .number("--dims", "N", flags->dims, 1, kDimsMax, "Numbers in a row.")
      .number("-k", "N", flags->k, 1, kRowsMax, "How many rows a query; 10 unless given.")
      .text("--keep", "F[,F...]", flags->keep, "Also search these fractions of the rows, as a filter would.")
      .text("--mask", "F.u8", flags->mask, "Also search the rows that this file keeps: a byte a row, 1 kept.")
      .number("--passes", "N", flags->passes, 1, kPassesMax, "Passes that count, after one to warm; 5 unless given.")
      .flag("--exact", flags->exact, "Compare with every row, without codes.")
      .text("--out", "FILE", flags->out, "Also write the hits: {\"filter\", \"query\", \"ids\"} a line.")
      .example("naru bench vectors --input V.f32 --queries Q.f32 --dims 384")
      .example("naru bench vectors --input V.f32 --queries Q.f32 --dims 384 --keep 0.5,0.1 --out hits.jsonl --json")
      .runs([flags](Invocation& invocation) { return run(*flags, invocation); });
}

}  // namespace naru
