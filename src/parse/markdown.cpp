// markdown: .md, .markdown and .mdx by cmark-gfm, one block a heading, paragraph, list item, table, code block or
// quote.
//
// Front matter becomes title and metadata. JSX and HTML tags, imports, exports and comments are taken out before the
// CommonMark parser sees them; their text stays. Block text is what a reader sees: links keep their text, images their
// alternative text. Every block knows the bytes of the original that it stands on, also behind front matter, tabs and
// converted charsets. Footnotes are paragraphs where they are written, each with its label, which its references show
// too. The title is the front matter's, or the first heading of level 1. Leaves out: link targets, link reference
// definitions, raw HTML's attributes.
#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <mutex>

#include "naru/registry.h"
#include "parse/shared/blocks.h"
#include "parse/shared/markdown_source.h"
#include "text/charset.h"
#include "text/unicode.h"

namespace naru {

namespace {

// For detect(): signs of Markdown are counted in this much of a file without an extension.
constexpr std::size_t kDetectBytes = 8 * 1024;

// Table nodes have no constant in the public headers: they are registered by the extension at run time.
bool is_table(cmark_node* node) { return std::string_view(cmark_node_get_type_string(node)) == "table"; }

// More is cut with a warning: the parser takes ten times a text's length in memory.
constexpr std::size_t kMarkdownBytesMax = 16U << 20;

struct FreeNode {
  void operator()(cmark_node* node) const { cmark_node_free(node); }
};
struct FreeParser {
  void operator()(cmark_parser* parser) const { cmark_parser_free(parser); }
};
struct FreeIter {
  void operator()(cmark_iter* iter) const { cmark_iter_free(iter); }
};
using Iter = std::unique_ptr<cmark_iter, FreeIter>;

// The parser numbers the footnotes in the order in which they are referred to; a reader of the source sees labels.
std::string label_of(cmark_node* reference, const std::vector<std::string>& notes) {
  const char* literal = cmark_node_get_literal(reference);
  const std::string number = literal != nullptr ? literal : "";
  std::size_t index = 0;
  std::from_chars(number.data(), number.data() + number.size(), index);
  return index > 0 && index <= notes.size() ? notes[index - 1] : number;
}

// The text that a reader sees under a node. `notes`: labels of the footnotes, by number. Iterative: nesting is the
// input's.
std::string rendered(cmark_node* node, const std::vector<std::string>& notes) {
  std::string text;
  const Iter iter(cmark_iter_new(node));
  for (cmark_event_type event = cmark_iter_next(iter.get()); event != CMARK_EVENT_DONE;
       event = cmark_iter_next(iter.get())) {
    if (event != CMARK_EVENT_ENTER) continue;
    cmark_node* current = cmark_iter_get_node(iter.get());
    switch (cmark_node_get_type(current)) {
      case CMARK_NODE_TEXT:
      case CMARK_NODE_CODE:
        if (const char* literal = cmark_node_get_literal(current)) text += literal;
        break;
      case CMARK_NODE_SOFTBREAK:
        text += ' ';
        break;
      case CMARK_NODE_LINEBREAK:
        text += '\n';
        break;
      case CMARK_NODE_FOOTNOTE_REFERENCE:
        text += "[" + label_of(current, notes) + "]";
        break;
      default:
        break;
    }
  }
  return text;
}

std::string trimmed_lines(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = fold_white_space(text.substr(at, end - at));
    if (!line.empty()) out += (out.empty() ? "" : "\n") + line;
    at = end + 1;
  }
  return out;
}

// Walks the parser's tree and makes the blocks.
class BlockReader {
 public:
  BlockReader(const MarkdownSource& source, const Decoded& decoded, Document& document)
      : source_(source), decoded_(decoded), document_(document), blocks_(document) {}

  void read(cmark_node* root) {
    if (source_.has_footnotes) put_notes_back(root);
    add_title(root);
    const Iter iter(cmark_iter_new(root));
    for (cmark_event_type event = cmark_iter_next(iter.get()); event != CMARK_EVENT_DONE;
         event = cmark_iter_next(iter.get())) {
      cmark_node* node = cmark_iter_get_node(iter.get());
      const cmark_node_type type = cmark_node_get_type(node);
      const bool enter = event == CMARK_EVENT_ENTER;
      if (type == CMARK_NODE_LIST) list_depth_ += enter ? 1 : -1;
      if (type == CMARK_NODE_BLOCK_QUOTE) quote_depth_ += enter ? 1 : -1;
      if (!enter) continue;
      if (type == CMARK_NODE_ITEM) begin_item(node);
      if (type == CMARK_NODE_FOOTNOTE_DEFINITION) begin_note(node);
      if (is_ours(node)) continue;
      if (!read_block(node)) continue;
      if (is_table(node)) cmark_iter_reset(iter.get(), node, CMARK_EVENT_EXIT);  // its cells are read
    }
  }

 private:
  // The parser puts footnotes behind the text, in the order of their numbers: here they get their labels and go back to
  // where they are written.
  void put_notes_back(cmark_node* root) {
    std::vector<std::pair<int, cmark_node*>> blocks;
    int line = 0;
    for (cmark_node* node = cmark_node_first_child(root); node != nullptr; node = cmark_node_next(node)) {
      if (cmark_node_get_type(node) == CMARK_NODE_FOOTNOTE_DEFINITION) notes_.push_back(label_at(note_start(node)));
      if (cmark_node_get_start_line(node) > 0) line = cmark_node_get_start_line(node);
      blocks.emplace_back(line, node);
    }
    std::stable_sort(blocks.begin(), blocks.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [_, node] : blocks) cmark_node_append_child(root, node);
  }

  // Where its "[^" stands; the parser's place is behind the mark.
  std::size_t note_start(cmark_node* note) const {
    const std::size_t first = place(cmark_node_get_start_line(note), 1);
    const std::size_t behind = place(cmark_node_get_start_line(note), cmark_node_get_start_column(note));
    if (behind == first) return first;
    const std::size_t mark = decoded_.text.rfind("[^", behind - 1);
    return mark == std::string::npos || mark < first ? behind : mark;
  }

  std::string label_at(std::size_t start) const {
    const std::size_t end = decoded_.text.find("]:", start);
    const bool found = end != std::string::npos && end >= start + 2;
    return found ? decoded_.text.substr(start + 2, end - start - 2) : std::string();
  }

  // A note's first block begins with its label.
  void begin_note(cmark_node* node) {
    item_start_ = note_start(node);
    number_ = "[" + label_at(item_start_) + "] ";
  }

  bool is_ours(cmark_node* node) const {
    return cmark_node_get_start_line(node) > static_cast<int>(source_.own_lines);
  }

  // The front matter's title is what a reader sees above the text, unless the text begins with it.
  void add_title(cmark_node* root) {
    if (source_.title.empty()) return;
    cmark_node* first = cmark_node_first_child(root);
    const bool heading = first != nullptr && cmark_node_get_type(first) == CMARK_NODE_HEADING;
    if (heading && case_fold(fold_white_space(rendered(first, notes_))) == case_fold(source_.title)) return;
    Block block;
    block.kind = BlockKind::heading;
    block.level = 1;
    block.text = source_.title;
    block.locator.bytes =
        ByteRange{decoded_.original_offset(source_.title_start), decoded_.original_offset(source_.title_end)};
    blocks_.add(std::move(block));
  }

  // An ordered item's first block begins with its number, as it is written; a task's with its mark.
  void begin_item(cmark_node* node) {
    number_.clear();
    if (cmark_node_get_type_string(node) == std::string_view("tasklist")) {
      item_start_ = place(cmark_node_get_start_line(node), cmark_node_get_start_column(node));
      number_ = cmark_gfm_extensions_get_tasklist_item_checked(node) ? "[x] " : "[ ] ";
      return;
    }
    if (cmark_node_get_list_type(cmark_node_parent(node)) != CMARK_ORDERED_LIST) return;
    item_start_ = place(cmark_node_get_start_line(node), cmark_node_get_start_column(node));
    const std::string_view text(decoded_.text);
    std::size_t end = item_start_;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
    if (end > item_start_ && end < text.size() && (text[end] == '.' || text[end] == ')')) {
      number_ = std::string(text.substr(item_start_, end + 1 - item_start_)) + " ";
    }
  }

  // False: nothing to read at this node.
  bool read_block(cmark_node* node) {
    Block block;
    const cmark_node_type type = cmark_node_get_type(node);
    if (type == CMARK_NODE_HEADING) {
      block.kind = BlockKind::heading;
      block.level = static_cast<std::uint32_t>(cmark_node_get_heading_level(node));
      block.text = fold_white_space(rendered(node, notes_));
      if (document_.title.empty() && block.level == 1) document_.title = nfc(block.text);
    } else if (type == CMARK_NODE_PARAGRAPH) {
      block.kind = quote_depth_ > 0 ? BlockKind::quote : list_depth_ > 0 ? BlockKind::list_item : BlockKind::paragraph;
      block.level = block.kind == BlockKind::list_item ? list_depth_ : 0;
      block.text = trimmed_lines(rendered(node, notes_));
    } else if (type == CMARK_NODE_CODE_BLOCK) {
      block.kind = BlockKind::code;
      const char* literal = cmark_node_get_literal(node);
      block.text = literal != nullptr ? literal : "";
      while (!block.text.empty() && block.text.back() == '\n') block.text.pop_back();
    } else if (is_table(node)) {
      read_table(node, block);
    } else {
      return false;
    }
    auto [start, end] = range_of(node);
    if (!number_.empty() && type != CMARK_NODE_CODE_BLOCK && !block.text.empty()) {
      block.text = number_ + block.text;
      start = std::min(start, item_start_);
    }
    number_.clear();
    last_end_ = std::max(last_end_, end);
    block.locator.bytes = ByteRange{decoded_.original_offset(start), decoded_.original_offset(end)};
    blocks_.add(std::move(block));
    return true;
  }

  void read_table(cmark_node* table, Block& block) const {
    block.kind = BlockKind::table;
    for (cmark_node* row = cmark_node_first_child(table); row != nullptr; row = cmark_node_next(row)) {
      std::vector<std::string> cells;
      for (cmark_node* cell = cmark_node_first_child(row); cell != nullptr; cell = cmark_node_next(cell)) {
        cells.push_back(fold_white_space(rendered(cell, notes_)));
      }
      block.cells.push_back(std::move(cells));
    }
    block.header_rows = block.cells.size() > 1 ? 1 : 0;  // GitHub's tables have one, always
    block.text = table_text(block.cells);
  }

  // Of a line and column as the parser counts them, in the decoded text.
  std::size_t place(int line, int column) const {
    const auto positive = [](int value) { return static_cast<std::size_t>(std::max(value, 1)); };
    return std::min(source_.original_offset(positive(line), positive(column)), decoded_.text.size());
  }

  static int lines_of(cmark_node* paragraph) {
    int lines = 1;
    for (cmark_node* part = cmark_node_first_child(paragraph); part != nullptr; part = cmark_node_next(part)) {
      const cmark_node_type type = cmark_node_get_type(part);
      lines += type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK ? 1 : 0;
    }
    return lines;
  }

  // [start, end) in the decoded text.
  std::pair<std::size_t, std::size_t> range_of(cmark_node* node) const {
    std::size_t start = 0, end = 0;
    if (cmark_node_get_start_line(node) > 0) {
      start = place(cmark_node_get_start_line(node), cmark_node_get_start_column(node));
      end = place(cmark_node_get_end_line(node), cmark_node_get_end_column(node) + 1);
      if (is_table(node)) start = std::max(start, last_end_);
    } else if (cmark_node* table = cmark_node_next(node); table != nullptr) {
      // The paragraph right above a table: the parser gives its place to the table, whose first row is one line lower.
      start = place(cmark_node_get_start_line(table), cmark_node_get_start_column(table));
      end = place(cmark_node_get_start_line(table) + lines_of(node), 1);
    }
    start = std::min(start, end);
    // The parser's ends may take in the line's end and white space before it.
    const std::string_view text(decoded_.text);
    const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
    while (end > start && blank(text[end - 1])) --end;
    const bool code = cmark_node_get_type(node) == CMARK_NODE_CODE_BLOCK;
    while (!code && start < end && blank(text[start])) ++start;
    return {start, end};
  }

  const MarkdownSource& source_;
  const Decoded& decoded_;
  Document& document_;
  BlockList blocks_;
  std::uint32_t list_depth_ = 0, quote_depth_ = 0;
  std::string number_;  // of the item or note that has begun and has no block yet
  std::size_t item_start_ = 0, last_end_ = 0;
  std::vector<std::string> notes_;  // labels of the footnotes, by number
};

class MarkdownParser : public Parser {
 public:
  std::string_view format() const override { return "markdown"; }

  Confidence detect(const ParseInput& input) const override {
    const std::string& hint = input.media_hint;
    const bool named = hint == "md" || hint == "mdx" || hint == "markdown" || hint == "mdown";
    if (named) return may_be_text(input.bytes) ? Confidence::likely : Confidence::no;
    if (!hint.empty() || input.bytes.empty() || !may_be_text(input.bytes)) return Confidence::no;
    return signs(input.bytes.substr(0, kDetectBytes)) >= 2 ? Confidence::likely : Confidence::no;
  }

  Result<Document> parse(const ParseInput& input) const override {
    Document document = begin_document(input, "markdown");
    const Decoded decoded = decode_into(document, input.bytes);
    std::string_view text = decoded.text;
    if (text.size() > kMarkdownBytesMax) {
      text = text.substr(0, text.rfind('\n', kMarkdownBytesMax));
      document.warnings.push_back(fmt::format("only the first {} bytes were read", text.size()));
    }
    MarkdownSource source = prepare_markdown(text, input.media_hint == "mdx");
    source.title = nfc(source.title);
    document.title = source.title;
    for (auto& [key, value] : source.metadata) document.metadata.emplace_back(nfc(key), nfc(value));

    static std::once_flag once;
    std::call_once(once, [] { cmark_gfm_core_extensions_ensure_registered(); });
    const int options = source.has_footnotes ? CMARK_OPT_FOOTNOTES : CMARK_OPT_DEFAULT;
    const std::unique_ptr<cmark_parser, FreeParser> parser(cmark_parser_new(options));
    for (const char* name : {"table", "strikethrough", "tasklist"}) {
      if (cmark_syntax_extension* extension = cmark_find_syntax_extension(name)) {
        cmark_parser_attach_syntax_extension(parser.get(), extension);
      }
    }
    cmark_parser_feed(parser.get(), source.text.data(), source.text.size());
    const std::unique_ptr<cmark_node, FreeNode> root(cmark_parser_finish(parser.get()));
    if (!root) return Error(Code::internal, "the Markdown parser gave nothing");
    BlockReader(source, decoded, document).read(root.get());
    finish_document(document);
    return document;
  }

 private:
  // How many kinds of Markdown marks the text shows.
  static int signs(std::string_view text) {
    bool heading = false, list = false, fence = false, link = text.find("](") != std::string_view::npos;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      const std::string_view line = text.substr(at, end - at);
      heading = heading || line.starts_with("# ") || line.starts_with("## ");
      list = list || line.starts_with("- ") || line.starts_with("* ");
      fence = fence || line.starts_with("```");
      at = end + 1;
    }
    return int{heading} + int{list} + int{fence} + int{link};
  }
};

}  // namespace

void register_markdown(Registry& registry) {
  registry.add_parser({.name = "markdown", .summary = "Markdown (CommonMark, GitHub tables) and MDX", .version = 4},
                      [] { return std::make_unique<MarkdownParser>(); });
}

}  // namespace naru
