// Any bytes as naru.yaml: read or refused, and every mistake that is told has a place inside the file and fits on a
// line.
#include <algorithm>
#include <cstdlib>

#include "config/config.h"
#include "config/testing.h"
#include "text/unicode.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const naru::Registry registry = naru::testing::registry();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const naru::LoadedConfig loaded = naru::check_config(text, "naru.yaml", "/home/kim", registry);
  const auto lines = std::count(text.begin(), text.end(), '\n') + 1;
  for (const naru::Diagnostic& told : loaded.diagnostics) {
    if (told.place.file != "naru.yaml" || told.place.line < 1 || told.place.line > lines || told.place.column < 1) {
      std::abort();
    }
    if (static_cast<std::size_t>(told.place.column) > size + 1) std::abort();
    const std::string line = told.text();
    if (told.message.empty() || line.find('\n') != std::string::npos || !naru::is_valid_utf8(line)) std::abort();
  }
  if (!loaded.diagnostics.empty()) return 0;
  for (const naru::FlowConfig& flow : loaded.config.flows) {  // without mistakes it is whole
    if (flow.name.empty() || flow.sources.empty() || flow.steps.empty() || flow.targets.empty())
      std::abort();
  }
  return 0;
}
