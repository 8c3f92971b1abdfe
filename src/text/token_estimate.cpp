#include "text/token_estimate.h"

#include "text/unicode.h"

namespace naru {

std::uint64_t estimate_tokens(std::string_view text) {
  // In twelfths of a token, so that sums of parts do not drift.
  constexpr std::uint64_t kHangul = 8, kHan = 12, kOther = 3, kWhole = 12;
  std::uint64_t twelfths = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      twelfths += kOther;
      ++at;
      continue;
    }
    const char32_t c = next_code_point(text, at);
    twelfths += is_hangul(c) ? kHangul : is_han(c) || is_kana(c) ? kHan : kOther;
  }
  return (twelfths + kWhole - 1) / kWhole;
}

}  // namespace naru
