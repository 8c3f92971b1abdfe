// What every parser promises for any bytes, for its fuzzer. For fuzzers only.
#pragma once

#include <cstdlib>
#include <memory>
#include <string_view>

#include "naru/registry.h"
#include "text/unicode.h"

namespace naru {

void register_parse(Registry& registry);

// Parses with the parser of that name, whatever detection would say. Aborts where a promise is broken: text that is no
// UTF-8, a block without its place, a place outside the bytes, nothing read and nothing said.
inline void fuzz_parser(std::string_view name, std::string_view extension, std::string_view bytes,
                        WebText web_text = WebText::automatic) {
  static const std::unique_ptr<Parser> parser = [&] {
    Registry registry;
    register_parse(registry);
    return registry.parsers().find(name)->second.make();
  }();
  ParseInput input;
  input.bytes = bytes;
  input.uri = "fuzz";
  input.media_hint = extension;
  input.web_text = web_text;
  (void)parser->detect(input);
  const Result<Document> document = parser->parse(input);
  if (!document) return;
  if (document->blocks.empty() && document->warnings.empty()) std::abort();
  if (!is_valid_utf8(document->title)) std::abort();
  for (const Block& block : document->blocks) {
    if (!is_valid_utf8(block.text)) std::abort();
    const Locator& locator = block.locator;
    if (!locator.bytes && !locator.page && !locator.section) std::abort();
    if (locator.bytes && (locator.bytes->start > locator.bytes->end || locator.bytes->end > bytes.size())) std::abort();
    if (locator.page && locator.boxes.empty()) std::abort();
  }
}

}  // namespace naru
