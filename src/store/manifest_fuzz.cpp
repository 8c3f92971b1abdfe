// Any bytes as the rows of the manifest, each column of any type: read or refused as damaged, and what was read is
// written as the same rows. What a segment's row says is held against a file that is really there.
#include <array>
#include <cstdlib>
#include <string>

#include "runtime/files.h"
#include "store/lexical/segment_builder.h"
#include "store/manifest.h"
#include "store/read_view.h"
#include "store/truth.h"

namespace {

constexpr std::int64_t kBase = 1;
constexpr std::size_t kRowsMax = 64;

// Takes values off the front of the input; at its end all are null.
class Input {
 public:
  explicit Input(std::string_view bytes) : rest_(bytes) {}
  bool done() const { return rest_.empty(); }
  std::uint8_t byte() {
    const std::string_view taken = take(1);
    return taken.empty() ? 0 : static_cast<std::uint8_t>(taken[0]);
  }
  // A type, then what it asks for: a number of eight bytes or one, or a length and that many bytes.
  void bind_to(naru::Statement& statement) {
    const std::uint8_t type = byte();
    if (type % 5 == 0) statement.null();
    if (type % 5 == 1) statement.bind(std::int64_t{byte()});
    if (type % 5 == 2) statement.bind(number());
    if (type % 5 == 3) statement.bind(take(byte()));
    if (type % 5 == 4) statement.blob(take(byte()));
  }
  std::string_view take(std::size_t count) {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(taken.size());
    return taken;
  }

 private:
  std::int64_t number() {
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i) value = value << 8 | byte();
    return static_cast<std::int64_t>(value);
  }
  std::string_view rest_;
};

void check(bool holds) {
  if (!holds) std::abort();
}

// The manifest's tables without what SQLite would refuse itself: a damaged page keeps to no NOT NULL.
std::unique_ptr<naru::Database> make_tables() {
  std::unique_ptr<naru::Database> truth = std::move(*naru::Database::open(":memory:", true));
  check(truth->execute("CREATE TABLE bases(id INTEGER PRIMARY KEY, name, vectors);"
                       "CREATE TABLE segments(id INTEGER PRIMARY KEY, base, name, rows, alive);"
                       "CREATE TABLE vectors(id INTEGER PRIMARY KEY, fingerprint UNIQUE, model, dims, rows, "
                       "english_only);").has_value());
  return truth;
}

void clear(naru::Database& truth) {
  check(truth.execute("DELETE FROM bases; DELETE FROM segments; DELETE FROM vectors").has_value());
}

struct Table {
  const char* insert;
  std::size_t columns;
};

constexpr std::array<Table, 3> kTables = {{
    {"INSERT INTO segments(base, name, rows, alive) VALUES (1, ?, ?, ?)", 3},
    {"INSERT OR REPLACE INTO vectors(fingerprint, model, dims, rows, english_only) VALUES (?, ?, ?, ?, ?)", 5},
    {"INSERT INTO bases(name, vectors) VALUES (?, ?)", 2},
}};

// A folder with one segment of 100 rows, made once.
struct Good {
  naru::TemporaryFolder folder = std::move(*naru::TemporaryFolder::make("manifest-fuzz"));
  naru::SegmentFile file;
  Good() {
    naru::SegmentBuilder builder;
    for (std::uint32_t i = 1; i <= 100; ++i) builder.add({i, i, 0, 0, 0}, {"a"});
    file = *builder.write(folder.path());
  }
};

void put_rows(Input& input, naru::Database& truth, const Good& good) {
  for (std::size_t i = 0; i < kRowsMax && !input.done(); ++i) {
    const std::uint8_t which = input.byte() % 4;
    const Table& table = kTables[which % kTables.size()];
    naru::Statement insert = std::move(*truth.prepare(table.insert));
    std::size_t column = 0;
    if (which == 3) {  // the segment that is there, with any rows and any alive bits
      insert.bind(good.file.name);
      column = 1;
    }
    for (; column < table.columns; ++column) input.bind_to(insert);
    check(insert.run().has_value());
  }
}

void check_segments(naru::Database& truth, naru::Database& again, const Good& good) {
  const auto read = naru::read_segments(truth, kBase);
  if (!read) return check(read.error().code() == naru::Code::corrupt);
  for (const naru::SegmentEntry& entry : *read) {
    const auto named = naru::open_segment(good.folder.path(), entry);
    if (named) check(named->alive.size() == good.file.rows && named->alive.count() <= good.file.rows);
    check(naru::put_segment(again, kBase, entry).has_value());
  }
  const auto written = naru::read_segments(again, kBase);
  check(written && written->size() == read->size());
  for (std::size_t i = 0; i < read->size(); ++i) {
    const naru::SegmentEntry &a = (*read)[i], &b = (*written)[i];
    check(a.name == b.name && a.rows == b.rows && a.alive == b.alive);
  }
}

void check_vectors(naru::Database& truth, naru::Database& again, const Good& good) {
  const auto read = naru::read_vectors(truth);
  if (!read) return check(read.error().code() == naru::Code::corrupt);
  for (const naru::VectorEntry& entry : *read) {
    check(!naru::VectorRows::open(good.folder.path(), naru::vector_file_name(entry.model), entry.model.dims,
                                  entry.rows).has_value());  // no such file is there
    check(naru::put_model(again, entry).has_value());
  }
  const auto written = naru::read_vectors(again);
  check(written && written->size() == read->size());
  for (std::size_t i = 0; i < read->size(); ++i) {
    const naru::VectorEntry &a = (*read)[i], &b = (*written)[i];
    check(a.rows == b.rows && a.model.fingerprint == b.model.fingerprint && a.model.name == b.model.name &&
          a.model.dims == b.model.dims && a.model.english_only == b.model.english_only);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Good good;
  static const std::unique_ptr<naru::Database> truth = make_tables(), again = make_tables();
  clear(*truth);
  clear(*again);
  Input input({reinterpret_cast<const char*>(data), size});
  put_rows(input, *truth, good);
  check_segments(*truth, *again, good);
  check_vectors(*truth, *again, good);
  const auto bases = naru::read_bases(*truth);
  check(bases || bases.error().code() == naru::Code::corrupt);
  return 0;
}
