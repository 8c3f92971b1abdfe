#include "text/typo.h"

#include <algorithm>
#include <array>

namespace naru {

namespace {

// Bytes. On questions whose words were all right, from 4 and 8 took "skip" for "ship" and "surrender" for "currently".
constexpr std::size_t kOneFrom = 5, kTwoFrom = 9;

}  // namespace

std::size_t typos_allowed(std::size_t bytes) {
  if (bytes < kOneFrom || bytes > kTypoBytesMax) return 0;
  return bytes < kTwoFrom ? 1 : 2;
}

std::size_t typo_distance(std::string_view a, std::string_view b, std::size_t most) {
  const std::size_t apart = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (apart > most || a.size() > kTypoBytesMax || b.size() > kTypoBytesMax) return most + 1;
  using Row = std::array<std::size_t, kTypoBytesMax + 1>;
  Row before{}, last{}, row{};
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    std::size_t least = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t other = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({other, last[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
      least = std::min(least, row[j]);
    }
    if (least > most + 1) return most + 1;
    before = last;
    last = row;
  }
  return std::min(last[b.size()], most + 1);
}

}  // namespace naru
