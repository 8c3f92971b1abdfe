// A page as the HTML5 algorithm builds it, flat: elements and texts in document order, each knowing where it ends.
//
// The tree is gumbo's and lives in an arena of the Page, which is freed at once: nothing here recurses, however deep
// the page. Immutable after parsing; one thread.
#pragma once

#include <gumbo.h>

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "naru/result.h"

namespace naru::html {

// A tree larger than this is not built: the worker has twice as much in all.
inline constexpr std::size_t kTreeBytesMax = 224U << 20;

struct Node {
  const GumboNode* gumbo = nullptr;
  std::uint32_t parent = 0;
  std::uint32_t end = 0;          // behind its last descendant
  GumboTag tag = GUMBO_TAG_LAST;  // of elements; texts have GUMBO_TAG_LAST

  bool is_text() const { return tag == GUMBO_TAG_LAST; }
  bool is_blank() const { return gumbo->type == GUMBO_NODE_WHITESPACE; }
  std::string_view text() const { return is_text() ? gumbo->v.text.text : std::string_view(); }
  // Of an element; "" also where it is absent. `has` tells the two apart.
  std::string_view attribute(const char* name) const;
  bool has(const char* name) const;
};

class Arena;

class Page {
 public:
  // `text` must outlive the page. limit_exceeded: the tree grew past kTreeBytesMax, or was not ready within `ms_max`.
  static Result<Page> parse(std::string_view text, double ms_max);
  Page(Page&&) noexcept;
  Page& operator=(Page&&) noexcept;
  ~Page();

  // In document order; the first is the document itself with all others below it.
  const std::vector<Node>& nodes() const { return nodes_; }
  const Node& operator[](std::size_t index) const { return nodes_[index]; }
  std::size_t size() const { return nodes_.size(); }
  // Where a text node's first and last characters that are no white space stand: [start, end) in the text given.
  std::pair<std::size_t, std::size_t> range(const Node& node) const;

 private:
  Page();
  std::string_view text_;
  std::unique_ptr<Arena> arena_;
  std::vector<Node> nodes_;
};

}  // namespace naru::html
