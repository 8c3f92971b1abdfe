#include "parse/shared/blocks.h"

#include <fmt/format.h>

#include <algorithm>

#include "text/charset.h"
#include "text/language.h"
#include "text/unicode.h"

namespace naru {

namespace {

// The language is guessed from this much text: more changes nothing.
constexpr std::size_t kLanguageBytes = 16 * 1024;

bool is_blank(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (!is_space(next_code_point(text, at))) return false;
  }
  return true;
}

}  // namespace

void BlockList::add(Block block) {
  if (is_blank(block.text) && block.cells.empty()) return;
  if (document_.blocks.size() >= kParsedBlocksMax) {
    if (document_.blocks.size() == kParsedBlocksMax && document_.warnings.empty()) {
      document_.warnings.push_back("cut after a million blocks");
    }
    return;
  }
  block.text = nfc(block.text);
  for (std::vector<std::string>& row : block.cells) {
    for (std::string& cell : row) cell = nfc(cell);
  }
  if (block.kind == BlockKind::heading) {
    block.level = std::clamp<std::uint32_t>(block.level, 1, 6);
    while (!headings_.empty() && headings_.back().first >= block.level) headings_.pop_back();
  }
  block.heading_path.clear();
  for (const auto& [level, text] : headings_) block.heading_path.push_back(text);
  if (block.kind == BlockKind::heading) headings_.emplace_back(block.level, fold_white_space(block.text));
  document_.blocks.push_back(std::move(block));
}

std::string table_text(const std::vector<std::vector<std::string>>& cells) {
  std::string text;
  for (const std::vector<std::string>& row : cells) {
    if (!text.empty()) text += '\n';
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) text += " | ";
      text += row[i];
    }
  }
  return text;
}

Document begin_document(const ParseInput& input, std::string format) {
  Document document;
  document.uri = input.uri;
  document.format = std::move(format);
  if (input.bytes.empty()) document.warnings.push_back("empty file");
  return document;
}

Decoded decode_into(Document& document, std::string_view bytes, std::string_view hint) {
  Decoded decoded = decode_text(bytes, hint);
  if (decoded.charset != "UTF-8") document.metadata.emplace_back("charset", decoded.charset);
  if (decoded.confidence < 1 && !bytes.empty()) {
    document.metadata.emplace_back("charset_confidence", fmt::format("{:.2f}", decoded.confidence));
  }
  if (decoded.confidence < kCharsetDoubt && !bytes.empty()) {
    document.warnings.push_back(
        fmt::format("the charset is a guess ({}): letters beyond ASCII may be wrong", decoded.charset));
  }
  return decoded;
}

void finish_document(Document& document) {
  if (document.blocks.empty() && document.warnings.empty()) document.warnings.push_back("no text found");
  if (!document.language.empty()) return;
  std::string sample;
  for (const Block& block : document.blocks) {
    if (block.kind == BlockKind::code) continue;
    if (sample.size() >= kLanguageBytes) break;
    sample += block.text.substr(0, kLanguageBytes - sample.size());
    sample += '\n';
  }
  document.language = guess_language(sample);
}

bool may_be_text(std::string_view bytes) { return !looks_binary(bytes); }

}  // namespace naru
