// One worksheet, row by row: never more of its XML in memory than a few rows, however large it is.
//
// Rows between which an empty one stands are parts of the sheet, each a table of its own (a single cell is a
// paragraph). A part's header rows are found: those that the sheet declares as a table's, else a first row of words
// above others. Merged cells stand behind the rows in the file and are put into the finished blocks. The locator:
// `sheet` and `cells`; cells[r][c] of a block is the cell r rows and c columns behind the first one there. Lives on a
// parser's stack.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "naru/record.h"
#include "parse/shared/office_package.h"

namespace naru::xlsx {

inline constexpr std::uint32_t kRowMax = 1'048'576, kColumnMax = 16'384;  // Excel's

// What all sheets share.
struct Workbook {
  std::vector<std::string> strings;
  std::vector<std::string> patterns;  // of numbers, by a cell's style; "" general
  bool from_1904 = false;
};

// "B12" and "B2:D4"; nothing for anything else.
std::optional<CellRange> read_range(std::string_view text);

// A string of runs, or of one text; readings beside it (<rPh>) are left out.
std::string rich_text(const pugi::xml_node& node);

class SheetReader {
 public:
  SheetReader(OfficePackage& package, const Workbook& workbook, std::string name)
      : package_(package), workbook_(workbook), name_(std::move(name)) {}
  // The blocks of the cells. `tables`: ranges that are declared as tables with a header row.
  std::vector<Block> read(const std::string& part, const std::vector<CellRange>& tables);

 private:
  struct Cell {
    std::uint32_t column = 0;
    std::string text;
    bool is_word = false;  // a string, no number and no date
  };
  struct Row {
    std::uint32_t number = 0;
    std::vector<Cell> cells;
  };

  Status stream(const ZipEntry& entry);
  void rows_of(std::string text);
  void row_of(const pugi::xml_node& node);
  std::optional<Cell> cell_of(const pugi::xml_node& node, std::uint32_t column) const;
  void end_part();
  std::uint32_t header_rows_of(const CellRange& range) const;
  void behind_rows(std::string text);
  void merge(const CellRange& range);

  OfficePackage& package_;
  const Workbook& workbook_;
  std::string name_;
  std::vector<CellRange> tables_;
  std::vector<Row> part_;        // rows of the part that is being read
  std::size_t part_places_ = 0;  // that it takes as a rectangle
  std::uint32_t part_width_ = 0;
  std::uint32_t last_row_ = 0;
  std::vector<Block> blocks_;
  std::size_t places_ = 0;  // of all blocks
  std::size_t without_value_ = 0;  // formulas
  bool full_ = false;
};

}  // namespace naru::xlsx
