// MarkupScan: the tags and texts of XML or HTML one after the other, for what connectors must read themselves:
// listings of objects, sitemaps, feeds, links. No tree, no recursion, no DTD, nothing fetched; any bytes are an input,
// and each is looked at a bounded number of times. docs/decisions/0049 says why this is not done by the parsers'
// worker.
//
// One thread. Borrows its text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace naru {

enum class Markup : std::uint8_t { xml, html };  // html: what stands in script and style is passed over

class MarkupScan {
 public:
  MarkupScan(std::string_view text, Markup markup) : text_(text), markup_(markup) {}

  enum class Kind : std::uint8_t { open, close, text, end };
  // `open` and `close` have a name(), in lower case and without its namespace; an element that closes itself is an
  // `open` alone (empty()).
  Kind next();

  const std::string& name() const { return name_; }
  bool empty() const { return empty_; }
  std::string text() const;                             // references resolved
  std::string attribute(std::string_view name) const;   // "" where there is none

 private:
  Kind tag();
  bool skip_past(std::string_view mark);  // false: it never comes

  const std::string_view text_;
  const Markup markup_;
  std::size_t at_ = 0;
  std::string name_, raw_element_;
  std::string_view inside_;  // attributes of a tag, or a text
  bool empty_ = false, literal_ = false;
};

// &amp; &lt; &gt; &quot; &apos; &#1234; &#x12; as they are meant; others stay.
std::string resolve_references(std::string_view text);

}  // namespace naru
