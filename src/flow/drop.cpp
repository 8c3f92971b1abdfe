#include "flow/drop.h"

#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::string_view kDropped = "dropped:";
// A reason is a word or two, a detail a line: both stand in lists that people read.
constexpr std::size_t kReasonBytesMax = 64, kDetailBytesMax = 512;
// All operators of a flow together have a few dozen.
constexpr std::size_t kCountsMax = 256;
constexpr const char* kOthers = "others";

}  // namespace

Drop make_drop(std::string_view step, const DropReason& said) {
  const std::string reason = repair_utf8(said.reason), detail = repair_utf8(said.detail);
  return {std::string(step), reason.substr(0, whole_characters(reason, kReasonBytesMax)),
          detail.substr(0, whole_characters(detail, kDetailBytesMax))};
}

std::string Drop::code() const { return std::string(kDropped) + step + ":" + reason; }

bool is_drop(std::string_view reject_code) { return reject_code.starts_with(kDropped); }

std::optional<Drop> drop_of(std::string_view reject_code, std::string_view reject_message) {
  if (!is_drop(reject_code)) return std::nullopt;
  const std::string_view rest = reject_code.substr(kDropped.size());
  const std::size_t colon = std::min(rest.find(':'), rest.size());  // the name of a step has none
  const std::string_view reason = rest.substr(std::min(colon + 1, rest.size()));
  return Drop{std::string(rest.substr(0, colon)), std::string(reason), std::string(reject_message)};
}

void count_drop(DropCounts& counts, const std::string& step, const std::string& reason, const DropCount& more) {
  const bool others = counts.size() >= kCountsMax && !counts.contains({step, reason});
  DropCount& count = counts[{step, others ? kOthers : reason}];
  count.items += more.items;
  count.parts += more.parts;
}

}  // namespace naru
