#include "app/page_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/output.h"
#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::size_t kTextColumnsMin = 24;  // a narrower terminal breaks the lines by itself

// The sheets with text, in the order in which they were read.
std::vector<std::string> sheets_of(const Document& document) {
  std::vector<std::string> sheets;
  for (const Block& block : document.blocks) {
    const std::string& sheet = block.locator.sheet;
    if (!sheet.empty() && std::find(sheets.begin(), sheets.end(), sheet) == sheets.end()) sheets.push_back(sheet);
  }
  return sheets;
}

template <class Is>
std::vector<Block> blocks_where(const Document& document, Is is) {
  std::vector<Block> blocks;
  std::copy_if(document.blocks.begin(), document.blocks.end(), std::back_inserter(blocks),
               [&](const Block& block) { return is(block.locator); });
  return blocks;
}

// Pages or slides, by the field of the locator that counts them.
Result<PageView> numbered(const Document& document, const std::string& name, std::uint32_t number, const char* unit,
                          std::optional<std::uint32_t> Locator::*field) {
  PageView page{fmt::format("{} {}", unit, number), {}};
  page.blocks = blocks_where(document, [&](const Locator& place) { return place.*field == number; });
  if (!page.blocks.empty()) return page;
  std::uint32_t last = 0;
  for (const Block& block : document.blocks) last = std::max(last, (block.locator.*field).value_or(0));
  return Error(Code::not_found,
               fmt::format("{} has nothing on {} {}; its last {} with text is {}", name, unit, number, unit, last));
}

// All of a block's boxes in one: a paragraph has one a line.
std::string box_name(const std::vector<Box>& boxes) {
  Box around = boxes.front();
  for (const Box& box : boxes) {
    around = {std::min(around.x0, box.x0), std::min(around.y0, box.y0), std::max(around.x1, box.x1),
              std::max(around.y1, box.y1)};
  }
  return fmt::format("{:4.0f},{:4.0f} to {:4.0f},{:4.0f}", around.x0, around.y0, around.x1, around.y1);
}

std::string place_on_page(const Locator& place) {
  std::string name;
  if (!place.boxes.empty()) {
    name = box_name(place.boxes);
  } else if (place.cells) {
    name = cell_range_name(*place.cells);
  } else if (place.shape) {
    name = fmt::format("shape {}", *place.shape);
  }
  if (place.part.empty()) return name;
  return name.empty() ? place.part : fmt::format("{}, {}", place.part, name);
}

}  // namespace

Result<PageView> page_view(const Document& document, const std::string& name, std::uint32_t number) {
  const auto has = [&](auto is) { return std::any_of(document.blocks.begin(), document.blocks.end(), is); };
  if (has([](const Block& block) { return block.locator.page.has_value(); })) {
    return numbered(document, name, number, "page", &Locator::page);
  }
  if (has([](const Block& block) { return block.locator.slide.has_value(); })) {
    return numbered(document, name, number, "slide", &Locator::slide);
  }
  const std::vector<std::string> sheets = sheets_of(document);
  if (sheets.empty()) {
    return Error(Code::not_found, fmt::format("{} has no pages; `--chunk N` shows a passage of it", name));
  }
  if (number == 0 || number > sheets.size()) {
    return Error(Code::not_found, fmt::format("{} has {} sheets with text: {}", name, sheets.size(),
                                              fmt::join(sheets, ", ")));
  }
  const std::string& sheet = sheets[number - 1];
  return PageView{"sheet " + sheet, blocks_where(document, [&](const Locator& place) { return place.sheet == sheet; })};
}

std::string page_for_people(const PageView& page, std::size_t columns) {
  std::vector<std::pair<std::string, std::string>> heads;  // place, kind
  std::size_t place_columns = 0, kind_columns = 0;
  for (const Block& block : page.blocks) {
    std::string kind(block_kind_name(block.kind));
    if (block.level > 0) kind += fmt::format(" {}", block.level);
    heads.emplace_back(place_on_page(block.locator), std::move(kind));
    place_columns = std::max(place_columns, columns_of_text(heads.back().first));
    kind_columns = std::max(kind_columns, columns_of_text(heads.back().second));
  }
  constexpr std::size_t kGap = 2;
  const std::size_t before = place_columns + kGap + kind_columns + kGap;
  const std::size_t text_columns = std::max(kTextColumnsMin, columns > before ? columns - before : 0);
  std::string out;
  for (std::size_t i = 0; i < page.blocks.size(); ++i) {
    const auto& [place, kind] = heads[i];
    std::string left = place;
    left.append(place_columns - columns_of_text(place) + kGap, ' ');
    left += kind;
    left.append(kind_columns - columns_of_text(kind) + kGap, ' ');
    for (const std::string& line : lines_of_columns(page.blocks[i].text, text_columns)) {
      out += left + line + "\n";
      left.assign(before, ' ');
    }
  }
  return out;
}

}  // namespace naru
