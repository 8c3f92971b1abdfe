#include "parse/xlsx/sheet.h"

#include <fmt/format.h>

#include <algorithm>

#include "parse/shared/blocks.h"
#include "parse/shared/table.h"
#include "parse/xlsx/number_format.h"
#include "text/unicode.h"

namespace naru::xlsx {

namespace {

// A row that is longer in the file is no row; what stands behind the rows (merged cells, rules, links) is shorter too.
constexpr std::size_t kPieceBytesMax = 16U << 20;
constexpr std::size_t kSheetPlacesMax = 20'000'000;  // of all blocks: some hundred MB

// "AB" is 28; 0 for what is no column.
std::uint32_t read_column(std::string_view text, std::size_t& at) {
  std::uint32_t column = 0;
  for (; at < text.size() && column <= kColumnMax; ++at) {
    const char c = static_cast<char>(text[at] & ~0x20);
    if (c < 'A' || c > 'Z') break;
    column = column * 26 + static_cast<std::uint32_t>(c - 'A' + 1);
  }
  return column <= kColumnMax ? column : 0;
}

std::optional<std::pair<std::uint32_t, std::uint32_t>> read_cell(std::string_view text) {
  std::size_t at = 0;
  const std::uint32_t column = read_column(text, at);
  const long long row = to_number(text.substr(std::min(at, text.size())));
  if (column == 0 || row < 1 || row > kRowMax) return std::nullopt;
  return std::pair(static_cast<std::uint32_t>(row), column);
}

bool holds(const CellRange& range, std::uint32_t row, std::uint32_t column) {
  return row >= range.first_row && row <= range.last_row && column >= range.first_column && column <= range.last_column;
}

}  // namespace

std::optional<CellRange> read_range(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    if (c != '$') plain += c;
  }
  const std::size_t colon = plain.find(':');
  const auto first = read_cell(std::string_view(plain).substr(0, colon));
  const auto last = colon == std::string::npos ? first : read_cell(std::string_view(plain).substr(colon + 1));
  if (!first || !last) return std::nullopt;
  const auto [row_low, row_high] = std::minmax(first->first, last->first);
  const auto [column_low, column_high] = std::minmax(first->second, last->second);
  return CellRange{row_low, column_low, row_high, column_high};
}

std::string rich_text(const pugi::xml_node& node) {
  std::string text;
  for (const pugi::xml_node& at : node.children()) {
    if (local_name(at) == "t") text += text_of(at);
    if (local_name(at) == "r") text += text_of(child(at, "t"));
  }
  return text;
}

std::vector<Block> SheetReader::read(const std::string& part, const std::vector<CellRange>& tables) {
  tables_ = tables;
  const ZipEntry* entry = package_.archive().find(part);
  const Status status = entry == nullptr ? Status(Error(Code::not_found, "it is missing")) : stream(*entry);
  end_part();
  if (!status) package_.warn(fmt::format("of the sheet {} not all was read: {}", name_, status.error().message()));
  if (full_) package_.warn(fmt::format("the sheet {} was cut: it is too large", name_));
  if (without_value_ > 0) {
    package_.warn(fmt::format("the sheet {} has {} formulas that were never computed: what they give is missing", name_,
                              without_value_));
  }
  return std::move(blocks_);
}

// ---- the file, piece by piece ---------------------------------------------------------------------------------

Status SheetReader::stream(const ZipEntry& entry) {
  ZipStream pieces = NARU_TRY(package_.archive().stream(entry));
  std::string text;
  std::string row_end;  // "</row>" or "</x:row>"
  bool behind = false;
  while (NARU_TRY(pieces.next(text)) > 0 && !full_) {
    if (text.size() > kPieceBytesMax) return Error(Code::limit_exceeded, "a row is too long");
    if (behind) continue;
    if (row_end.empty()) {
      const std::size_t data = text.find("sheetData");
      const std::size_t open = data == std::string::npos ? data : text.rfind('<', data);
      const std::size_t close = data == std::string::npos ? data : text.find('>', data);
      if (close == std::string::npos || open == std::string::npos) continue;
      row_end = "</" + text.substr(open + 1, data - open - 1) + "row>";
      behind = text[close - 1] == '/';
      text.erase(0, close + 1);
    }
    const std::size_t data_end = behind ? std::string::npos : text.find("sheetData>");
    const std::size_t rows_end = std::string_view(text).substr(0, data_end).rfind(row_end);
    if (!behind && rows_end != std::string::npos) {
      rows_of(text.substr(0, rows_end + row_end.size()));
      text.erase(0, rows_end + row_end.size());
    }
    behind = behind || data_end != std::string::npos;
  }
  if (pieces.damaged()) {
    package_.warn(fmt::format("the sheet {} is damaged: it was read up to the damage", name_));
    if (!behind) rows_of(text);
  }
  end_part();
  if (behind) behind_rows(std::move(text));
  return {};
}

void SheetReader::rows_of(std::string text) {
  const Result<XmlTree> tree = XmlTree::parse("<rows>" + std::move(text) + "</rows>");
  if (!tree) return package_.warn(fmt::format("rows of {} were left out: {}", name_, tree.error().message()));
  for (const pugi::xml_node& node : tree->root().children()) {
    if (local_name(node) == "row" && !full_) row_of(node);
  }
}

void SheetReader::row_of(const pugi::xml_node& node) {
  const long long given = number(node, "r", static_cast<long long>(last_row_) + 1);
  if (given <= last_row_ || given > kRowMax) return;  // rows stand in order
  Row row;
  row.number = static_cast<std::uint32_t>(given);
  std::uint32_t column = 0;
  for (const pugi::xml_node& at : node.children()) {
    if (local_name(at) != "c") continue;
    const auto address = read_cell(attribute(at, "r"));
    column = address ? address->second : column + 1;
    if (column > kColumnMax) break;
    if (std::optional<Cell> cell = cell_of(at, column))
      row.cells.push_back(std::move(*cell));
    else if (child(at, "f") && attribute(at, "t") != "str")  // the empty text is a value
      ++without_value_;
  }
  if (row.cells.empty()) return;
  if (!part_.empty() && row.number != part_.back().number + 1) end_part();
  for (const Cell& cell : row.cells) part_width_ = std::max(part_width_, cell.column);
  part_places_ = part_width_ * (part_.size() + 1);
  last_row_ = row.number;
  part_.push_back(std::move(row));
  if (part_places_ >= kTablePlacesMax) end_part();
}

std::optional<SheetReader::Cell> SheetReader::cell_of(const pugi::xml_node& node, std::uint32_t column) const {
  const std::string_view type = attribute(node, "t");
  const std::string_view value = text_of(child(node, "v"));
  Cell cell;
  cell.column = column;
  if (type == "s") {
    const auto index = static_cast<std::size_t>(to_number(fold_white_space(value), -1));
    if (index < workbook_.strings.size()) cell.text = workbook_.strings[index];
    cell.is_word = true;
  } else if (type == "inlineStr") {
    cell.text = rich_text(child(node, "is"));
    cell.is_word = true;
  } else if (type == "str" || type == "e" || type == "d") {
    cell.text = value;
    cell.is_word = type == "str";
  } else if (type == "b") {
    cell.text = value == "1" ? "TRUE" : value == "0" ? "FALSE" : "";
  } else {
    const auto style = static_cast<std::size_t>(number(node, "s"));
    const std::string_view pattern = style < workbook_.patterns.size() ? workbook_.patterns[style] : std::string_view();
    cell.text = format_number(value, pattern, workbook_.from_1904);
  }
  cell.text = fold_white_space(cell.text);
  if (cell.text.empty()) return std::nullopt;
  return cell;
}

// ---- parts ----------------------------------------------------------------------------------------------------

void SheetReader::end_part() {
  if (part_.empty()) return;
  CellRange range{part_.front().number, kColumnMax, part_.back().number, 1};
  for (const Row& row : part_) {
    for (const Cell& cell : row.cells) {
      range.first_column = std::min(range.first_column, cell.column);
      range.last_column = std::max(range.last_column, cell.column);
    }
  }
  const std::size_t wide = range.last_column - range.first_column + 1;
  places_ += wide * part_.size();
  full_ = full_ || places_ > kSheetPlacesMax;
  Block block;
  if (part_.size() == 1 && part_[0].cells.size() == 1) {
    block.text = std::move(part_[0].cells[0].text);
  } else if (!full_) {
    block.kind = BlockKind::table;
    block.header_rows = header_rows_of(range);
    block.cells.resize(part_.size());
    for (std::size_t r = 0; r < part_.size(); ++r) {
      block.cells[r].resize(wide);
      for (Cell& cell : part_[r].cells) block.cells[r][cell.column - range.first_column] = std::move(cell.text);
    }
    block.text = table_text(block.cells);
  }
  block.locator.sheet = name_;
  block.locator.cells = range;
  if (!block.text.empty()) blocks_.push_back(std::move(block));
  part_.clear();
  part_places_ = 0;
  part_width_ = 0;
}

// A first row that names columns: words alone, each but once, one over nearly every column, and something below it.
std::uint32_t SheetReader::header_rows_of(const CellRange& range) const {
  for (const CellRange& table : tables_) {
    if (holds(range, table.first_row, table.first_column)) {
      const std::uint32_t rows = table.first_row - range.first_row + 1;
      return rows < part_.size() ? rows : 0;
    }
  }
  const std::vector<Cell>& first = part_[0].cells;
  const std::size_t wide = range.last_column - range.first_column + 1;
  if (part_.size() < 2 || wide < 2 || first.size() + 1 < wide) return 0;
  std::vector<std::string_view> names;
  for (const Cell& cell : first) {
    if (!cell.is_word) return 0;
    names.push_back(cell.text);
  }
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) == names.end() ? 1 : 0;
}

// ---- what stands behind the rows ------------------------------------------------------------------------------

void SheetReader::behind_rows(std::string text) {
  const std::size_t begin = text.find("sheetData>");  // of "</sheetData>"; there is none behind "<sheetData/>"
  if (begin != std::string::npos) text.erase(0, begin + std::string_view("sheetData>").size());
  // The sheet's own end stands there too, and is one too many: the tree is whole all the same.
  const Result<XmlTree> tree = XmlTree::parse("<behind>" + std::move(text));
  if (!tree) return;
  for (const pugi::xml_node& node : child(tree->root(), "mergeCells").children()) {
    if (const auto range = read_range(attribute(node, "ref"))) merge(*range);
  }
}

void SheetReader::merge(const CellRange& range) {
  // Blocks stand in the order of their rows.
  const auto found = std::partition_point(blocks_.begin(), blocks_.end(), [&](const Block& block) {
    return block.locator.cells->last_row < range.first_row;
  });
  if (found == blocks_.end() || found->kind != BlockKind::table) return;
  const CellRange& all = *found->locator.cells;
  if (!holds(all, range.first_row, range.first_column)) return;
  TableSpan span;
  span.row = range.first_row - all.first_row;
  span.column = range.first_column - all.first_column;
  span.rows = std::min(range.last_row, all.last_row) - range.first_row + 1;
  span.columns = std::min(range.last_column, all.last_column) - range.first_column + 1;
  const bool merged = span.rows > 1 || span.columns > 1;
  if (!merged || found->spans.size() >= kTablePlacesMax) return;
  found->spans.push_back(span);
  // A name that is merged with the row below names columns together with that row.
  const auto rows = static_cast<std::uint32_t>(found->cells.size());
  if (span.row < found->header_rows && span.row + span.rows < rows) {
    found->header_rows = std::max(found->header_rows, span.row + span.rows);
  }
}

}  // namespace naru::xlsx
