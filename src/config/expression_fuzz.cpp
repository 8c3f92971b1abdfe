// Any bytes as a filter: parsed or refused with words; what parsed can be asked.
#include <cstdlib>

#include "config/expression.h"
#include "text/unicode.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const naru::Result<naru::Expression> parsed = naru::parse_expression(text);
  if (!parsed) {
    if (parsed.error().message().empty() || !naru::is_valid_utf8(parsed.error().message())) std::abort();
    return 0;
  }
  // Every value fulfils it or its negation, and never both; asking about any value ends.
  naru::Expression negated;
  negated.kind = naru::Expression::Kind::none_of;
  negated.operands.push_back(*parsed);
  for (const std::string& held : {std::string(), std::string("2024-05-31T00:00:00Z"), std::string(text)}) {
    const naru::FieldValues values = [&](std::string_view) { return std::vector<std::string>{held}; };
    if (naru::matches(*parsed, values) == naru::matches(negated, values)) std::abort();
  }
  return 0;
}
