#include "record/markdown.h"

#include <algorithm>

namespace naru {

namespace {

// Every line of `text`, each behind `prefix`.
std::string prefixed(std::string_view text, std::string_view prefix) {
  std::string out;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (at > 0) out += '\n';
    out += prefix;
    out += text.substr(at, end - at);
    at = end + 1;
  }
  return out;
}

std::string one_line(std::string_view text) {
  std::string out(text);
  std::replace(out.begin(), out.end(), '\n', ' ');
  return out;
}

// A fence that the text itself does not hold.
std::string fence_for(std::string_view text) {
  std::string fence = "```";
  while (text.find(fence) != std::string_view::npos) fence += '`';
  return fence;
}

std::string table(const Block& block) {
  std::string out;
  std::size_t columns = 0;
  for (const auto& row : block.cells) columns = std::max(columns, row.size());
  for (std::size_t r = 0; r < block.cells.size(); ++r) {
    if (r > 0) out += '\n';
    out += '|';
    for (std::size_t c = 0; c < columns; ++c) {
      out += ' ';
      const std::string cell = c < block.cells[r].size() ? one_line(block.cells[r][c]) : std::string();
      for (const char character : cell) {
        if (character == '|') out += '\\';
        out += character;
      }
      out += " |";
    }
    if (r == 0) {
      out += "\n|";
      for (std::size_t c = 0; c < columns; ++c) out += " --- |";
    }
  }
  return out;
}

std::string block_to_markdown(const Block& block) {
  switch (block.kind) {
    case BlockKind::heading:
      return std::string(std::clamp(block.level, 1U, 6U), '#') + ' ' + one_line(block.text);
    case BlockKind::list_item: {
      const std::string indent(2 * (std::clamp(block.level, 1U, 16U) - 1), ' ');
      const std::string body = prefixed(block.text, indent + "  ");
      // The item's own mark stays in its text where the format has one.
      return indent + "- " + body.substr(indent.size() + 2);
    }
    case BlockKind::table:
      return block.cells.empty() ? block.text : table(block);
    case BlockKind::code: {
      const std::string fence = fence_for(block.text);
      return fence + '\n' + block.text + '\n' + fence;
    }
    case BlockKind::quote:
      return prefixed(block.text, "> ");
    case BlockKind::paragraph:
    case BlockKind::caption:
      break;
  }
  return block.text;
}

void append_document(std::string& out, const Document& document) {
  const Block* before = nullptr;
  for (const Block& block : document.blocks) {
    const bool tight = before != nullptr && before->kind == BlockKind::list_item && block.kind == BlockKind::list_item;
    if (!out.empty()) out += tight ? "\n" : "\n\n";
    out += block_to_markdown(block);
    before = &block;
  }
  for (const auto& [name, child] : document.children) {  // as deep as the codec lets documents nest
    if (!out.empty()) out += "\n\n";
    out += "# " + one_line(name);
    append_document(out, child);
  }
}

}  // namespace

std::string document_to_markdown(const Document& document) {
  std::string out;
  append_document(out, document);
  if (!out.empty()) out += '\n';
  return out;
}

}  // namespace naru
