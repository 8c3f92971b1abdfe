// Tables of values on a page: each a grid with its merged cells and header rows; tables inside cells are blocks behind
// it.
//
// Pure; one thread.
#pragma once

#include <string>
#include <vector>

#include "naru/record.h"
#include "parse/html/inline_text.h"
#include "parse/html/page.h"

namespace naru::html {

inline constexpr std::size_t kColumnsMax = 1'000;  // as the standard says for colspan
// Places that the merged cells of a page cover; beyond it a cell is read as not merged.
inline constexpr std::size_t kMergedPlacesMax = 1'000'000;

class TableReader {
 public:
  // `kept`: which nodes' texts to read, by index; empty: all. Borrows both.
  TableReader(const Page& page, const std::vector<bool>& kept, bool with_noscript)
      : page_(page), kept_(kept), with_noscript_(with_noscript) {}

  // The table at a node for which is_data_table() holds: captions, its grid, then the tables inside it.
  void read(std::size_t table, std::vector<Block>& blocks, std::vector<std::string>& warnings);

 private:
  struct Source;

  Source collect(std::size_t table) const;
  InlineText text_in(std::size_t element, std::vector<std::size_t>& inner) const;
  Block grid_of(const Source& source, bool* cut);

  const Page& page_;
  const std::vector<bool>& kept_;
  const bool with_noscript_;
  std::size_t merged_places_ = 0;
};

}  // namespace naru::html
