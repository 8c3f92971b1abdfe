// The source of a page made ready for the HTML5 parser: scripts, styles, comments and attributes that nobody reads are
// left out before it sees them, with a map from each byte that stays back to where it stood.
//
// That is most of the bytes of a page as they are written today, so parsing costs half; and hostile nesting ends here.
// Pure functions over UTF-8, linear in the input; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace naru::html {

// Longer pages are cut with a warning: with its tree, a page takes ten times its length in memory.
inline constexpr std::size_t kSourceBytesMax = 64U << 20;
// Tags beyond these are cut with a warning: the HTML specification on one page has a tenth of them.
inline constexpr std::size_t kTagsMax = 2'000'000;
// Elements nested deeper are taken out, their text stays: browsers stop at 512, and pages that people write below 100.
// The HTML5 algorithm looks through all open elements at many tags, so that this bounds its time as well.
inline constexpr std::size_t kDepthMax = 256;

// Formatting elements (<b>, <font>...) that were never closed come back in every later paragraph; more of them are
// taken out like deep ones.
inline constexpr std::size_t kFormattingMax = 64;

struct Source {
  struct Cut {
    std::size_t clean = 0;     // from here in `text` on,
    std::size_t original = 0;  // bytes stand from here in the source on
  };
  std::string text;
  std::vector<Cut> cuts;
  std::vector<std::string_view> linked_data;  // contents of JSON-LD scripts, in the source given
  std::vector<std::string> warnings;

  std::size_t original_offset(std::size_t clean) const;
};

// `text` must outlive the views of the result.
Source clean_source(std::string_view text);

// The charset that the first bytes name in a meta tag or an XML declaration, under the name that ICU knows; "" where
// none is named, or one that no web page is written in.
std::string declared_charset(std::string_view bytes);

}  // namespace naru::html
