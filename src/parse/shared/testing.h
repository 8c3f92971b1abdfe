// What the parsers' tests share: parsing bytes in process by content and extension, and a way to find a block's text
// again in the bytes at its locator. For tests only.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "naru/registry.h"
#include "parse/worker/members.h"
#include "text/unicode.h"

namespace naru {

inline Result<Document> parse_bytes(std::string_view bytes, std::string_view extension,
                                    WebText web_text = WebText::automatic) {
  static const std::vector<std::unique_ptr<Parser>> parsers = [] {
    Registry registry;
    register_parse(registry);
    std::vector<std::unique_ptr<Parser>> made;
    for (const auto& [name, entry] : registry.parsers()) made.push_back(entry.make());
    return made;
  }();
  ParseInput input;
  input.bytes = bytes;
  input.uri = "test";
  input.media_hint = extension;
  input.web_text = web_text;
  return parse_item(parsers, input);
}

// For documents that must be read.
inline Document parsed(std::string_view bytes, std::string_view extension, WebText web_text = WebText::automatic) {
  Result<Document> document = parse_bytes(bytes, extension, web_text);
  if (!document) return ADD_FAILURE() << document.error().describe(), Document();
  return std::move(*document);
}

// "heading 1: Title", one block a line.
inline std::string outline(const Document& document) {
  std::string out;
  for (const Block& block : document.blocks) {
    out += block_kind_name(block.kind);
    if (block.level > 0) out += " " + std::to_string(block.level);
    out += ": " + block.text + "\n";
  }
  return out;
}

inline std::string bytes_at(std::string_view bytes, const Block& block) {
  if (!block.locator.bytes) return ADD_FAILURE() << "no byte range: " << block.text, std::string();
  const auto [start, end] = *block.locator.bytes;
  EXPECT_LE(start, end);
  EXPECT_LE(end, bytes.size());
  return std::string(bytes.substr(start, end - start));
}

// Letters and digits alone.
inline std::string letters(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    if (is_letter(c) || is_digit(c)) append_utf8(out, c);
  }
  return out;
}

// Are all letters and digits of `part` in `whole`, in order? Marks, tags and addresses may stand between them.
inline bool holds_in_order(std::string_view whole, std::string_view part) {
  const std::string all = letters(whole), wanted = letters(part);
  std::size_t at = 0;
  for (const char c : all) at += at < wanted.size() && c == wanted[at] ? 1 : 0;
  return at == wanted.size();
}

inline std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

// Whatever is cut off or turned round: read, refused or said, and never nothing without a word.
inline void expect_cuts_and_flips_are_survived(const std::string& bytes, std::string_view extension, std::size_t step) {
  const auto survived = [&](std::string_view damaged) {
    const Result<Document> document = parse_bytes(damaged, extension);
    return !(document && document->blocks.empty() && document->warnings.empty());
  };
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    EXPECT_TRUE(survived(std::string_view(bytes).substr(0, at))) << "cut at " << at;
    std::string broken = bytes;
    broken[at] = static_cast<char>(broken[at] ^ 0xff);
    EXPECT_TRUE(survived(broken)) << "turned round at " << at;
  }
}

inline bool warns(const Document& document, std::string_view words) {
  return std::any_of(document.warnings.begin(), document.warnings.end(),
                     [&](const std::string& warning) { return warning.find(words) != std::string::npos; });
}

}  // namespace naru
