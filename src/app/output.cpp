#include "app/output.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <ctime>

#include "text/unicode.h"

namespace naru {

namespace {

// Returns to the first column and clears to the end of the line (ECMA-48: CR, EL).
constexpr std::string_view kClearLine = "\r\x1b[K";

std::string_view tone_code(Tone tone) {
  switch (tone) {
    case Tone::strong: return "\x1b[1m";
    case Tone::faint: return "\x1b[2m";
    case Tone::good: return "\x1b[32m";
    case Tone::bad: return "\x1b[31m";
    case Tone::plain: break;
  }
  return "";
}

bool is_control(char32_t c) {
  const bool bidi = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);  // would reorder the line
  return (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0) || bidi;
}

std::size_t columns_of(char32_t c) {
  const bool wide = is_hangul(c) || is_han(c) || is_kana(c) || (c >= 0xff01 && c <= 0xff60) ||
                    (c >= 0x1f300 && c <= 0x1faff) || (c >= 0x3000 && c <= 0x303f);
  return wide ? 2 : 1;
}

}  // namespace

void Output::write_out(std::string_view text) {
  if (write_error_ != 0) return;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) write_error_ = errno == 0 ? EIO : errno;
}

void Output::write_err(std::string_view text) {
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), stderr));
}

void Output::clear_progress() {
  if (!progress_shown_) return;
  write_err(kClearLine);
  std::fflush(stderr);
  progress_shown_ = false;
}

void Output::line(std::string_view text) {
  const std::lock_guard lock(mutex_);
  clear_progress();
  write_out(text);
  write_out("\n");
}

void Output::text(std::string_view text) {
  const std::lock_guard lock(mutex_);
  clear_progress();
  write_out(text);
  if (write_error_ == 0 && std::fflush(stdout) != 0) write_error_ = errno;
}

void Output::json(const Json& value) { line(to_line(value)); }

void Output::flush() {
  const std::lock_guard lock(mutex_);
  if (write_error_ == 0 && std::fflush(stdout) != 0) write_error_ = errno;
}

void Output::note(std::string_view message) { diagnostic(fmt::format("naru: {}", message)); }

void Output::error(const Error& error) {
  const bool colour = surroundings_.stderr_is_terminal && surroundings_.colour;
  diagnostic(fmt::format("naru: {}{}{}", colour ? tone_code(Tone::bad) : "", without_control(error.describe()),
                         colour ? "\x1b[0m" : ""));
}

void Output::diagnostic(std::string_view line) {
  const std::lock_guard lock(mutex_);
  std::fflush(stdout);  // what was said before is seen before
  clear_progress();
  write_err(line);
  write_err("\n");
}

void Output::prompt(std::string_view question) {
  const std::lock_guard lock(mutex_);
  clear_progress();
  write_err(question);
  std::fflush(stderr);
}

void Output::progress(std::string_view text) {
  if (!surroundings_.stderr_is_terminal) return;
  const std::lock_guard lock(mutex_);
  if (text.empty()) return clear_progress();
  write_err(kClearLine);
  write_err(cut_to_columns(without_control(text), surroundings_.columns - 1));
  std::fflush(stderr);
  progress_shown_ = true;
}

std::string Output::toned(Tone tone, std::string_view text) const {
  const std::string_view code = tone_code(tone);
  if (!surroundings_.stdout_is_terminal || !surroundings_.colour || code.empty()) return std::string(text);
  return fmt::format("{}{}\x1b[0m", code, text);
}

bool Output::broken() const {
  const std::lock_guard lock(mutex_);
  return write_error_ != 0;
}

bool Output::closed_by_reader() const {
  const std::lock_guard lock(mutex_);
  return write_error_ == EPIPE;
}

std::string without_control(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    append_utf8(clean, is_control(c) ? kReplacement : c);
  }
  return clean;
}

std::string cut_to_columns(std::string_view text, std::size_t columns) {
  std::size_t used = 0, fits = 0;  // `fits`: where to cut so that "…" still has its column
  for (std::size_t at = 0; at < text.size();) {
    if (used < columns) fits = at;
    used += columns_of(next_code_point(text, at));
    if (used > columns) return std::string(text.substr(0, fits)) + "…";
  }
  return std::string(text);
}

std::size_t columns_of_text(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t at = 0; at < text.size();) columns += columns_of(next_code_point(text, at));
  return columns;
}

std::vector<std::string> lines_of_columns(std::string_view text, std::size_t columns) {
  std::vector<std::string> lines;
  std::size_t start = 0, used = 0;
  std::size_t blank = 0, used_to_blank = 0;  // the last blank of this line, where it is no word's
  const auto end_line = [&](std::size_t end, std::size_t next) {
    lines.emplace_back(text.substr(start, end - start));
    start = blank = next;
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t here = at;
    const char32_t c = next_code_point(text, at);
    if (c == U'\n') {
      end_line(here, at);
      used = 0;
      continue;
    }
    used += columns_of(c);
    if (c == U' ') {
      blank = here;
      used_to_blank = used;
    }
    if (used <= columns || here == start) continue;
    if (blank > start) {
      used -= used_to_blank;
      end_line(blank, blank + 1);
    } else {
      used = columns_of(c);
      end_line(here, here);
    }
  }
  if (start < text.size() || lines.empty()) end_line(text.size(), text.size());
  return lines;
}

std::string human_bytes(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

std::string human_seconds(double seconds) {
  if (seconds < 60) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::uint64_t>(std::lround(std::min(seconds, 1e9)));
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string utc_time(std::int64_t unix_ms) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(static_cast<std::time_t>(unix_ms / 1000)));
}

}  // namespace naru
