// Traces: what would show that a document is still there. Its name, title, words, texts, ids and vectors as bytes,
// looked for in many files at once.
//
// Fill with add(), take away with drop_found_in() what others hold too, then count_in() what is left. A trace shorter
// than kTraceBytesMin is not looked for: it stands in any large file by chance. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace naru {

enum class TraceKind : std::uint8_t { path, title, word, text, id, vector };
inline constexpr std::array<std::string_view, 6> kTraceKindNames = {"path", "title", "word", "text", "id", "vector"};

// Chance finds one given string of 6 bytes once in 2^48 places of random bytes.
inline constexpr std::size_t kTraceBytesMin = 6;
// A longer one is looked for by its first bytes: pages of a database cut what is long.
inline constexpr std::size_t kTraceBytesMax = 48;

class Traces {
 public:
  using Counts = std::array<std::uint64_t, kTraceKindNames.size()>;

  void add(TraceKind kind, std::string_view bytes);
  void add_path(TraceKind kind, const std::string& path);  // and the name of its file alone
  void add_words(std::string_view text);  // letters and digits in a row
  void drop_found_in(std::string_view bytes);
  void count_in(std::string_view bytes, Counts& found) const;
  bool is_in(std::string_view bytes) const;
  const Counts& kept() const { return kept_; }  // looked for

 private:
  static constexpr std::size_t kFilterBits = 20;
  // More of one document are not kept: what is looked for stays a sample of every part of it.
  static constexpr std::size_t kTracesMax = 200'000;

  struct Trace {
    TraceKind kind = TraceKind::word;
    std::string bytes;
    bool dropped = false;
  };
  static std::uint64_t head_of(const char* bytes);
  // Calls found(index) for each trace that stands in `bytes`, as often as it does, until it says false.
  template <class Found>
  void find(std::string_view bytes, Found found) const;

  std::vector<Trace> traces_;
  std::unordered_set<std::string> known_;                              // kind and bytes
  std::unordered_map<std::uint64_t, std::vector<std::size_t>> by_head_;  // by the first kTraceBytesMin bytes
  std::vector<bool> filter_ = std::vector<bool>(1U << kFilterBits);
  Counts kept_{};
};

}  // namespace naru
