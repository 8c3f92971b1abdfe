#include "record/running_heads.h"

#include <set>
#include <string>

#include "text/clean.h"
#include "text/unicode.h"

namespace naru {

namespace {

bool has_letter(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (is_letter(next_code_point(text, at))) return true;
  }
  return false;
}

}  // namespace

bool is_running_head(const Block& block) {
  return (block.locator.part == "header" || block.locator.part == "footer") && block.heading_path.empty() &&
         block.kind != BlockKind::heading;
}

std::vector<bool> repeated_heads(const Document& document) {
  std::vector<bool> repeated(document.blocks.size(), false);
  std::set<std::string> said;
  for (std::size_t i = 0; i < document.blocks.size(); ++i) {
    const Block& block = document.blocks[i];
    if (!is_running_head(block)) continue;
    repeated[i] = !has_letter(block.text) || !said.insert(without_numbers(block.text)).second;
  }
  return repeated;
}

}  // namespace naru
