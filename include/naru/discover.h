// What a person asks before a flow runs: can it be reached and with what rights (Finding), and what is there (Found).
//
// Plain values; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace naru {

enum class Verdict : std::uint8_t { good, weaker, missing };

std::string_view verdict_name(Verdict verdict);  // "ok", "weaker", "missing"

struct Finding {
  std::string what;  // "server", "rights": one or two words
  Verdict verdict = Verdict::good;
  std::string detail;  // what is so, and what to do
};

// A field of rows, a column of a table.
struct Column {
  std::string name;
  std::string
      type;  // as values come out: "integer", "number", "text", "boolean", "list", "map", or several: "integer or text"
  std::string native;  // the system's own word, where it has one: "numeric(10,2)"
  bool nullable = true;
  bool key = false;    // names a row
};

// One thing that a source could read: a folder, a file, a table.
struct Found {
  std::string name;
  std::string kind;                    // "folder", "file", "table", "view"
  std::optional<std::uint64_t> count;  // files of a folder, rows of a table or a file; of a table it may be an estimate
  std::optional<std::uint64_t> bytes;
  std::vector<Column> columns;
};

struct Discovery {
  std::vector<Found> found;  // sorted by name
  bool whole = true;         // false: there is more than kFoundMax
};

inline constexpr std::size_t kFoundMax = 10'000;  // things that a person would look through, many times over

}  // namespace naru
