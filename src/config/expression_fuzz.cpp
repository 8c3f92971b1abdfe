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
  // The first comparison with its own value holds exactly if it is an equality.
  const naru::Expression& first = parsed->kind == naru::Expression::Kind::all_of ? parsed->operands.front() : *parsed;
  const naru::FieldLookup value = [&](std::string_view) { return std::optional<std::string>(first.value); };
  if (naru::matches(first, value) != (first.kind == naru::Expression::Kind::equal)) std::abort();
  (void)naru::matches(*parsed, value);
  return 0;
}
