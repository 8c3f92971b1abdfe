// markdown: .md, .markdown and .mdx by cmark-gfm, one block a heading, paragraph, list item, table, code block or
// quote.
//
// Front matter becomes title and metadata. JSX and HTML tags, imports, exports and comments are taken out before the
// CommonMark parser sees them; their text stays. Block text is what a reader sees: links keep their text, images their
// alternative text. Every block knows the bytes of the original that it stands on, also behind front matter, tabs and
// converted charsets. The title is the front matter's, or the first heading of level 1. Leaves out: link targets,
// link reference definitions, raw HTML's attributes.
#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>

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

// The text that a reader sees under a node. Iterative: nesting is the input's.
std::string rendered(cmark_node* node) {
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
    const Decoded decoded = decode_text(input.bytes);
    if (decoded.charset != "UTF-8") document.metadata.emplace_back("charset", decoded.charset);
    MarkdownSource source = prepare_markdown(decoded.text, input.media_hint == "mdx");
    document.title = nfc(source.title);
    for (auto& [key, value] : source.metadata) document.metadata.emplace_back(nfc(key), nfc(value));

    static std::once_flag once;
    std::call_once(once, [] { cmark_gfm_core_extensions_ensure_registered(); });
    const std::unique_ptr<cmark_parser, FreeParser> parser(cmark_parser_new(CMARK_OPT_DEFAULT));
    for (const char* name : {"table", "strikethrough", "tasklist"}) {
      if (cmark_syntax_extension* extension = cmark_find_syntax_extension(name)) {
        cmark_parser_attach_syntax_extension(parser.get(), extension);
      }
    }
    cmark_parser_feed(parser.get(), source.text.data(), source.text.size());
    const std::unique_ptr<cmark_node, FreeNode> root(cmark_parser_finish(parser.get()));
    if (!root) return Error(Code::internal, "the Markdown parser gave nothing");
    read_blocks(root.get(), source, decoded, document);
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

  static void read_blocks(cmark_node* root, const MarkdownSource& source, const Decoded& decoded, Document& document) {
    BlockList blocks(document);
    std::uint32_t list_depth = 0, quote_depth = 0;
    const Iter iter(cmark_iter_new(root));
    for (cmark_event_type event = cmark_iter_next(iter.get()); event != CMARK_EVENT_DONE;
         event = cmark_iter_next(iter.get())) {
      cmark_node* node = cmark_iter_get_node(iter.get());
      const cmark_node_type type = cmark_node_get_type(node);
      const bool enter = event == CMARK_EVENT_ENTER;
      if (type == CMARK_NODE_LIST) list_depth += enter ? 1 : -1;
      if (type == CMARK_NODE_BLOCK_QUOTE) quote_depth += enter ? 1 : -1;
      if (!enter) continue;
      Block block;
      if (type == CMARK_NODE_HEADING) {
        block.kind = BlockKind::heading;
        block.level = static_cast<std::uint32_t>(cmark_node_get_heading_level(node));
        block.text = fold_white_space(rendered(node));
        if (document.title.empty() && block.level == 1) document.title = nfc(block.text);
      } else if (type == CMARK_NODE_PARAGRAPH) {
        block.kind = quote_depth > 0 ? BlockKind::quote : list_depth > 0 ? BlockKind::list_item : BlockKind::paragraph;
        block.level = block.kind == BlockKind::list_item ? list_depth : 0;
        block.text = trimmed_lines(rendered(node));
      } else if (type == CMARK_NODE_CODE_BLOCK) {
        block.kind = BlockKind::code;
        const char* literal = cmark_node_get_literal(node);
        block.text = literal != nullptr ? literal : "";
        while (!block.text.empty() && block.text.back() == '\n') block.text.pop_back();
      } else if (is_table(node)) {
        block.kind = BlockKind::table;
        for (cmark_node* row = cmark_node_first_child(node); row != nullptr; row = cmark_node_next(row)) {
          std::vector<std::string> cells;
          for (cmark_node* cell = cmark_node_first_child(row); cell != nullptr; cell = cmark_node_next(cell)) {
            cells.push_back(fold_white_space(rendered(cell)));
          }
          block.cells.push_back(std::move(cells));
        }
        block.text = table_text(block.cells);
      } else {
        continue;
      }
      const bool block_is_table = block.kind == BlockKind::table;
      block.locator.bytes = range_of(node, source, decoded);
      blocks.add(std::move(block));
      if (block_is_table) cmark_iter_reset(iter.get(), node, CMARK_EVENT_EXIT);  // its cells are read
    }
  }

  static ByteRange range_of(cmark_node* node, const MarkdownSource& source, const Decoded& decoded) {
    const auto line = [](int value) { return static_cast<std::size_t>(std::max(value, 1)); };
    std::size_t start =
        source.original_offset(line(cmark_node_get_start_line(node)), line(cmark_node_get_start_column(node)));
    std::size_t end =
        source.original_offset(line(cmark_node_get_end_line(node)),
                               static_cast<std::size_t>(std::max(cmark_node_get_end_column(node), 0)) + 1);
    const std::string_view text(decoded.text);
    end = std::min(end, text.size());
    start = std::min(start, end);
    // The parser's ends may take in the line's end and white space before it.
    const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
    while (end > start && blank(text[end - 1])) --end;
    const bool code = cmark_node_get_type(node) == CMARK_NODE_CODE_BLOCK;
    while (!code && start < end && blank(text[start])) ++start;
    return ByteRange{decoded.original_offset(start), decoded.original_offset(end)};
  }
};

}  // namespace

void register_markdown(Registry& registry) {
  registry.add_parser({.name = "markdown", .summary = "Markdown (CommonMark, GitHub tables) and MDX"},
                      [] { return std::make_unique<MarkdownParser>(); });
}

}  // namespace naru
