// Markdown as people write it, made ready for a CommonMark parser: front matter, JSX and HTML tags, imports and
// comments taken out, with a map from each cleaned line back to the original bytes.
//
// Pure functions over UTF-8; any thread. Linear in the input.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "naru/record.h"

namespace naru {

// Tags that hold indented Markdown nest no deeper than this; deeper ones no longer take the indentation away.
inline constexpr std::size_t kMarkdownTagDepthMax = 64;
// A front matter longer than this is none.
inline constexpr std::size_t kFrontMatterBytesMax = 64 * 1024;
// A tag or statement that has not ended after so many bytes is text.
inline constexpr std::size_t kTagBytesMax = 16 * 1024;
// Block marks at the start of a line beyond these ("> > > ...") are dropped: nobody nests so deep, and parsers suffer.
inline constexpr std::size_t kLineMarksMax = 64;

// After looking so far in vain for the ends of tags, comments and code spans, no more are looked for: text that opens
// them without end would take quadratic time.
inline constexpr std::size_t kWastedBytesMax = 64U << 20;
// Cells that rows of tables leave out, which the CommonMark parser makes all the same.
inline constexpr std::size_t kTableFilledCellsMax = 100'000;

// Footnotes whose definitions are looked for; those of a text with more are read as they are written.
inline constexpr std::size_t kFootnotesMax = 10'000;

struct MarkdownSource {
  struct Line {
    std::size_t clean = 0;     // where the line begins in `text`
    std::size_t original = 0;  // which byte of the source its first byte is
  };
  std::string text;
  std::vector<Line> lines;
  // Of `text`; behind them stands a line of ours that refers to every footnote, because the CommonMark parser drops
  // those that nothing refers to.
  std::size_t own_lines = 0;
  bool has_footnotes = false;
  std::string title;                           // of the front matter
  std::size_t title_start = 0, title_end = 0;  // where it stands in the source
  Metadata metadata;

  // The source's byte that stands at a line (from 1) and a byte column (from 1) of `text`.
  std::size_t original_offset(std::size_t line, std::size_t column) const;
};

// `jsx`: the file is MDX: imports, exports and {expressions} are code, and indentation makes no code block.
MarkdownSource prepare_markdown(std::string_view source, bool jsx);

}  // namespace naru
