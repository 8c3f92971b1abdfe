// What every parser promises for any bytes, for its fuzzer. For fuzzers only.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

#include "naru/registry.h"
#include "parse/worker/members.h"
#include "text/unicode.h"

namespace naru {

void register_parse(Registry& registry);

// Parses with the parser of that name, whatever detection would say. Aborts where a promise is broken: text that is no
// UTF-8, a block without its place, a place outside the bytes, nothing read and
// nothing said, a reader without its library.
inline void fuzz_parser(std::string_view name, std::string_view extension, std::string_view bytes,
                        WebText web_text = WebText::automatic) {
  static const std::vector<std::unique_ptr<Parser>> parsers = [] {
    Registry registry;
    register_parse(registry);
    std::vector<std::unique_ptr<Parser>> made;
    for (const auto& [key, entry] : registry.parsers()) made.push_back(entry.make());
    return made;
  }();
  const auto named = [&](const std::unique_ptr<Parser>& one) { return one->format() == name; };
  const std::unique_ptr<Parser>& parser = *std::find_if(parsers.begin(), parsers.end(), named);
  Members members(parsers);
  ParseInput input;
  input.bytes = bytes;
  input.uri = "fuzz";
  input.media_hint = extension;
  input.web_text = web_text;
  input.members = &members;
  (void)parser->detect(input);
  const Result<Document> document = parser->parse(input);
  if (!document) {
    // A library that is not there refuses any bytes, and nothing would be tried.
    if (document.error().code() == Code::unavailable) std::abort();
    return;
  }
  if (document->blocks.empty() && document->children.empty() && document->warnings.empty()) std::abort();
  if (!is_valid_utf8(document->title)) std::abort();
  for (const Block& block : document->blocks) {
    if (!is_valid_utf8(block.text)) std::abort();
    const Locator& locator = block.locator;
    if (locator == Locator()) std::abort();
    if (locator.bytes && (locator.bytes->start > locator.bytes->end || locator.bytes->end > bytes.size())) std::abort();
    if (locator.page && !locator.slide && locator.boxes.empty()) std::abort();
  }
}

}  // namespace naru
