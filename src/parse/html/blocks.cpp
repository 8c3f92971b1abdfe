#include "parse/html/blocks.h"

#include <algorithm>

#include "parse/html/elements.h"
#include "parse/html/inline_text.h"
#include "parse/html/tables.h"
#include "text/unicode.h"

namespace naru::html {

namespace {

class Reader {
 public:
  Reader(const Page& page, const std::vector<bool>& kept, bool with_noscript)
      : page_(page), kept_(kept), with_noscript_(with_noscript), tables_(page, kept, with_noscript) {}

  ReadBlocks read() {
    for (std::size_t i = 1; i < page_.size();) {
      while (!open_.empty() && page_[open_.back()].end <= i) leave(page_[open_.back()]), open_.pop_back();
      const Node& node = page_[i];
      if (node.is_text()) {
        text(i);
        ++i;
      } else if (is_unread(node, with_noscript_)) {
        i = node.end;
      } else if (node.tag == GUMBO_TAG_TABLE && is_data_table(page_, i)) {
        flush();
        tables_.read(i, out_.blocks, out_.warnings);
        i = node.end;
      } else {
        enter(node);
        open_.push_back(i);
        ++i;
      }
    }
    while (!open_.empty()) leave(page_[open_.back()]), open_.pop_back();
    flush();
    return std::move(out_);
  }

 private:
  bool is_kept(std::size_t i) const { return kept_.empty() || kept_[i]; }

  void text(std::size_t i) {
    if (!is_kept(i)) return;
    const Node& node = page_[i];
    if (preformatted_ > 0)
      inline_.add_verbatim(node.text(), page_.range(node));
    else
      inline_.add(node.text(), page_.range(node));
  }

  void enter(const Node& node) {
    if (node.tag == GUMBO_TAG_BR) {
      line_break();
      return;
    }
    if (is_apart(node.tag)) inline_.blank();
    if (!is_block_element(node.tag)) return;
    boundary();
    count(node, 1);
  }

  void leave(const Node& node) {
    if (is_apart(node.tag)) inline_.blank();
    if (!is_block_element(node.tag)) return;
    const bool ends_whole = heading_level(node.tag) > 0 || is_caption(node.tag);
    if (ends_whole && (whole_ == 1))
      flush();
    else
      boundary();
    count(node, -1);
  }

  // Headings and captions stay one block, whatever they hold.
  void boundary() {
    if (whole_ > 0)
      inline_.blank();
    else
      flush();
  }

  void line_break() {
    if (preformatted_ > 0)
      inline_.add_verbatim("\n", {});
    else if (whole_ > 0)
      inline_.blank();
    else if (inline_.line_break())
      flush();
  }

  static bool is_caption(GumboTag tag) { return tag == GUMBO_TAG_FIGCAPTION || tag == GUMBO_TAG_CAPTION; }

  void count(const Node& node, int step) {
    if (const unsigned level = heading_level(node.tag); level > 0) {
      if (step > 0 && whole_ == 0) level_ = level;
      whole_ += step;
      headings_ += step;
    } else if (is_caption(node.tag)) {
      whole_ += step;
      captions_ += step;
    }
    switch (node.tag) {
      case GUMBO_TAG_UL:
      case GUMBO_TAG_OL:
      case GUMBO_TAG_DL:
      case GUMBO_TAG_MENU:
      case GUMBO_TAG_DIR:
        lists_ += step;
        break;
      case GUMBO_TAG_LI:
      case GUMBO_TAG_DD:
      case GUMBO_TAG_DT:
        items_ += step;
        break;
      case GUMBO_TAG_BLOCKQUOTE:
        quotes_ += step;
        break;
      case GUMBO_TAG_PRE:
      case GUMBO_TAG_LISTING:
      case GUMBO_TAG_XMP:
      case GUMBO_TAG_PLAINTEXT:
        preformatted_ += step;
        break;
      default:
        break;
    }
  }

  void flush() {
    if (inline_.empty()) {
      inline_ = InlineText();
      return;
    }
    Block block;
    block.locator.bytes = inline_.range();
    block.text = inline_.take();
    if (headings_ > 0) {
      block.kind = BlockKind::heading;
      block.level = level_;
    } else if (preformatted_ > 0) {
      block.kind = BlockKind::code;
      while (!block.text.empty() && is_space(static_cast<unsigned char>(block.text.back()))) block.text.pop_back();
    } else if (captions_ > 0) {
      block.kind = BlockKind::caption;
    } else if (quotes_ > 0) {
      block.kind = BlockKind::quote;
    } else if (items_ > 0) {
      block.kind = BlockKind::list_item;
      block.level = static_cast<std::uint32_t>(std::max(lists_, 1));
    }
    out_.blocks.push_back(std::move(block));
  }

  const Page& page_;
  const std::vector<bool>& kept_;
  const bool with_noscript_;
  TableReader tables_;
  ReadBlocks out_;
  InlineText inline_;
  std::vector<std::size_t> open_;  // elements that were entered
  // How many of each are open.
  int whole_ = 0, headings_ = 0, captions_ = 0, lists_ = 0, items_ = 0, quotes_ = 0, preformatted_ = 0;
  unsigned level_ = 0;
};

}  // namespace

ReadBlocks read_blocks(const Page& page, const std::vector<bool>& kept) {
  ReadBlocks read = Reader(page, kept, false).read();
  // A page that is nothing without scripts may say something in place of them.
  return read.blocks.empty() ? Reader(page, kept, true).read() : std::move(read);
}

}  // namespace naru::html
