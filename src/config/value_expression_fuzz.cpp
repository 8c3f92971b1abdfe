// Any bytes as a value: parsed or refused in words; what parsed comes to a value, to nothing or to an error in words.
#include <cstdlib>

#include "config/value_expression.h"
#include "text/unicode.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const naru::Result<naru::ValueExpression> parsed = naru::parse_value_expression(text);
  if (!parsed) {
    if (parsed.error().message().empty() || !naru::is_valid_utf8(parsed.error().message())) std::abort();
    return 0;
  }
  for (const naru::Value& held : {naru::Value(), naru::Value(std::int64_t{-7}), naru::Value(0.5), naru::Value(true),
                                  naru::Value(std::string("나루")), naru::Value(naru::ValueList(3))}) {
    const naru::Result<naru::Value> made = naru::evaluate(*parsed, [&](std::string_view) { return held; });
    if (!made && made.error().message().empty()) std::abort();
  }
  return 0;
}
