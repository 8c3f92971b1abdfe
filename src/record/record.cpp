#include "naru/record.h"

#include <algorithm>
#include <array>
#include <iterator>

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

Label narrowest(const Label& a, const Label& b) {
  const auto open = [](const Label& label) {
    return std::find(label.access.begin(), label.access.end(), "everyone") != label.access.end();
  };
  Label both;
  both.trust = std::max(a.trust, b.trust);
  if (open(a) || open(b)) {
    both.access = open(a) ? b.access : a.access;
  } else {
    std::set_intersection(a.access.begin(), a.access.end(), b.access.begin(), b.access.end(),
                          std::back_inserter(both.access));
  }
  return both;
}

std::string cell_range_name(const CellRange& range) {
  const auto name = [](std::uint32_t row, std::uint32_t column) {
    std::string letters;  // digits of base 26 without a zero: A to Z, AA, AB, ...
    for (; column > 0; column = (column - 1) / 26) letters.insert(0, 1, static_cast<char>('A' + (column - 1) % 26));
    return letters + std::to_string(row);
  };
  const std::string first = name(range.first_row, range.first_column);
  const std::string last = name(range.last_row, range.last_column);
  return first == last ? first : first + ":" + last;
}

void widen(Locator& place, const Locator& by) {
  if (by.bytes) {
    if (!place.bytes) place.bytes = by.bytes;
    place.bytes->start = std::min(place.bytes->start, by.bytes->start);
    place.bytes->end = std::max(place.bytes->end, by.bytes->end);
  }
  if (by.page && !place.page) {
    place.page = by.page;
    place.page_size = by.page_size;
  }
  if (by.page && place.page == by.page) place.boxes.insert(place.boxes.end(), by.boxes.begin(), by.boxes.end());
  if (place.cells && by.cells && place.sheet == by.sheet) {
    place.cells->first_row = std::min(place.cells->first_row, by.cells->first_row);
    place.cells->first_column = std::min(place.cells->first_column, by.cells->first_column);
    place.cells->last_row = std::max(place.cells->last_row, by.cells->last_row);
    place.cells->last_column = std::max(place.cells->last_column, by.cells->last_column);
  }
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
