// Output: results go to standard output, everything else to standard error; colour and a moving line only where a
// person looks at a terminal.
//
// The only place that writes to either. Any thread; a line is never torn.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "naru/error.h"

namespace naru {

// What main() found out about where we run.
struct Surroundings {
  bool stdin_is_terminal = false, stdout_is_terminal = false, stderr_is_terminal = false;
  bool colour = false;     // wanted, where there is a terminal: NO_COLOR and TERM=dumb say no
  unsigned columns = 100;  // of the terminal
};

enum class Tone : std::uint8_t { plain, strong, faint, good, bad };

class Output {
 public:
  explicit Output(const Surroundings& surroundings) : surroundings_(surroundings) {}

  const Surroundings& surroundings() const { return surroundings_; }

  // Standard output. On a terminal, control characters of foreign text cannot reach it.
  void line(std::string_view text);
  void text(std::string_view text);  // without an end of line, shown at once
  void json(const Json& value);      // one line
  void flush();

  // Standard error: `naru: ...`; a moving line is cleared first.
  void note(std::string_view message);
  void error(const Error& error);
  void prompt(std::string_view question);  // without an end of line
  void diagnostic(std::string_view line);  // as it is: "naru.yaml:14:7: ..."

  // The moving line of standard error; nothing where that is no terminal. Empty: gone.
  void progress(std::string_view text);

  std::string toned(Tone tone, std::string_view text) const;  // for standard output

  // Standard output went away (a closed pipe) or could not be written (a full disk).
  bool broken() const;
  bool closed_by_reader() const;

 private:
  void write_out(std::string_view text);
  void write_err(std::string_view text);
  void clear_progress();

  const Surroundings surroundings_;

  mutable std::mutex mutex_;  // protects what follows and the order of writes
  bool progress_shown_ = false;
  int write_error_ = 0;  // errno of the first failed write
};

// Text of documents and names without what a terminal would obey: escape sequences and other control characters.
std::string without_control(std::string_view text);

// At most `columns` wide as a terminal counts (Hangul and Han are two wide), "…" at the end where cut.
std::string cut_to_columns(std::string_view text, std::size_t columns);
std::size_t columns_of_text(std::string_view text);  // of one line
// Its lines, each at most so wide: broken at blanks, and inside a word that is wider.
std::vector<std::string> lines_of_columns(std::string_view text, std::size_t columns);

std::string human_bytes(std::uint64_t bytes);   // "1.4 GiB"
std::string human_seconds(double seconds);      // "0.4 s", "2:05", "1:02:03"
std::string utc_time(std::int64_t unix_ms);     // "2026-01-31 17:05:09 UTC"

}  // namespace naru
