#include "retrieve/written.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace naru {

namespace {

constexpr std::array<std::string_view, 3> kLegs = {"lexical", "vector", "hybrid"};

}  // namespace

std::string_view leg_name(Leg leg) { return kLegs[static_cast<std::size_t>(leg)]; }

bool leg_from_name(std::string_view name, Leg* leg) {
  const auto it = std::find(kLegs.begin(), kLegs.end(), name);
  if (it == kLegs.end()) return false;
  *leg = static_cast<Leg>(it - kLegs.begin());
  return true;
}

Result<ContextWanted> read_context(std::string_view text) {
  if (text == "section") return ContextWanted{0, true};
  std::uint64_t chunks = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, chunks);
  if (read.ec != std::errc() || read.ptr != end || chunks == 0 || chunks > kContextChunksMax) {
    return Error(Code::invalid_argument,
                 fmt::format("a number of passages from 1 to {}, or the word section", kContextChunksMax));
  }
  return ContextWanted{static_cast<std::size_t>(chunks), false};
}

Result<double> read_diversity(std::string_view text) {
  double share = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, share, std::chars_format::fixed);
  if (read.ec != std::errc() || read.ptr != end || !(share >= 0 && share <= 1)) {
    return Error(Code::invalid_argument, "a number from 0 to 1, for example 0.3");
  }
  return share;
}

}  // namespace naru
