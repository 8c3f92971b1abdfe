// The two readers of rows: what simdjson takes, the other takes too, and as the same.
#include <cstdlib>

#include "record/plain_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::optional<naru::Fields> plain = naru::read_plain_json(text);
  if (!plain) return 0;
  const naru::Result<naru::Fields> any = naru::fields_from_any_json(text);
  if (!any || *any != *plain || naru::to_json_line(*any) != naru::to_json_line(*plain)) std::abort();
  return 0;
}
