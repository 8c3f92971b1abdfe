#include "app/progress.h"

#include <fmt/format.h>

#include "app/output.h"

namespace naru {

std::optional<double> seconds_left(std::uint64_t done, std::uint64_t total, double seconds) {
  if (done == 0 || done >= total || seconds <= 0) return std::nullopt;
  return static_cast<double>(total - done) * seconds / static_cast<double>(done);
}

std::string progress_line(std::string_view what, std::uint64_t done, std::uint64_t total, double seconds) {
  constexpr std::size_t kBarColumns = 20;  // leaves room for the figures on a terminal of 80
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  if (total == 0) return fmt::format("{} {}  {:.0f}/s", what, done, rate);
  const auto filled = static_cast<std::size_t>(kBarColumns * std::min(done, total) / total);
  std::string bar(filled, '=');
  if (filled < kBarColumns) bar += '>';
  bar.resize(kBarColumns, ' ');
  std::string text = fmt::format("{} [{}] {}/{}  {:.0f}/s", what, bar, done, total, rate);
  if (const std::optional<double> left = seconds_left(done, total, seconds)) {
    text += fmt::format("  {} left", human_seconds(*left));
  }
  return text;
}

}  // namespace naru
