// The text of one block or cell as it grows: white space folded as browsers do, with the range that it covers.
//
// A plain value; one thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "naru/record.h"

namespace naru::html {

// [start, end) in the cleaned source.
using SourceRange = std::pair<std::size_t, std::size_t>;

class InlineText {
 public:
  void add(std::string_view text, const SourceRange& range);
  void add_verbatim(std::string_view text, const SourceRange& range);
  void blank() { blank_ = blank_ || !text_.empty(); }
  // A line break; true where it is the second in a row, which ends a paragraph.
  bool line_break();

  bool empty() const { return text_.empty(); }
  std::string take();
  ByteRange range() const { return {start_, end_}; }

 private:
  void put_blank();
  void cover(const SourceRange& range);

  std::string text_;
  bool blank_ = false, broken_ = false;
  std::size_t start_ = 0, end_ = 0;
};

}  // namespace naru::html
