#include "naru/record.h"

#include <algorithm>
#include <array>

namespace naru {

namespace {

constexpr std::array<std::string_view, 7> kBlockKinds = {"heading", "paragraph", "list_item", "table",
                                                         "code",    "caption",   "quote"};

}  // namespace

std::string_view block_kind_name(BlockKind kind) { return kBlockKinds[static_cast<std::size_t>(kind)]; }

bool block_kind_from_name(std::string_view name, BlockKind* kind) {
  const auto it = std::find(kBlockKinds.begin(), kBlockKinds.end(), name);
  if (it == kBlockKinds.end()) return false;
  *kind = static_cast<BlockKind>(it - kBlockKinds.begin());
  return true;
}

Principal Principal::owner() {
  Principal principal;
  principal.owner_ = true;
  return principal;
}

Principal Principal::of(std::string user, std::vector<std::string> groups) {
  Principal principal;
  principal.user_ = std::move(user);
  principal.groups_ = std::move(groups);
  return principal;
}

bool Principal::may_read(const Label& label) const {
  if (owner_) return true;
  for (const std::string& entry : label.access) {
    if (entry == "everyone") return true;
    if (entry == "user:" + user_) return true;
    for (const std::string& group : groups_) {
      if (entry == "group:" + group) return true;
    }
  }
  return false;
}

std::string document_text(const Document& document) {
  std::string text;
  for (const Block& block : document.blocks) {
    if (&block != &document.blocks.front()) text += kBlockSeparator;
    text += block.text;
  }
  return text;
}

}  // namespace naru
