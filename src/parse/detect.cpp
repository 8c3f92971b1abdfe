#include "parse/detect.h"

#include <fmt/format.h>

#include "parse/shared/blocks.h"
#include "parse/shared/format_names.h"

namespace naru {

const Parser* choose_parser(std::span<const std::unique_ptr<Parser>> parsers, const ParseInput& input) {
  const Parser* best = nullptr;
  Confidence sure = Confidence::no;
  for (const std::unique_ptr<Parser>& parser : parsers) {
    const Confidence confidence = parser->detect(input);
    if (confidence == Confidence::no) continue;
    const bool better = confidence > sure || (confidence == sure && best != nullptr && best->format() == "text");
    if (!better) continue;
    best = parser.get();
    sure = confidence;
    if (sure == Confidence::certain) break;  // nobody is surer
  }
  return best;
}

std::string unsupported_message(const ParseInput& input) {
  const std::string name = describe_format(input.bytes);
  if (!name.empty()) return fmt::format("no parser reads this {} yet", name);
  return may_be_text(input.bytes) ? "no parser reads this format" : "no parser reads this format: it is no text";
}

}  // namespace naru
