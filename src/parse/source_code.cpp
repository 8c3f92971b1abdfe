// source_code: programs, a function or type at the top a block.
//
// A block begins at a line without indentation behind an empty one, and takes the comments and decorators above it;
// long ones are cut at the members inside them, by the same rule one level deeper. That is how most languages are laid
// out, and needs no grammar of any. Locators are byte ranges. Leaves out nothing.
#include <algorithm>
#include <array>

#include "naru/registry.h"
#include "parse/shared/blocks.h"
#include "parse/shared/format_names.h"
#include "text/charset.h"

namespace naru {

namespace {

constexpr std::size_t kLinesOfBlockMax = 80;  // a longer one is cut at its members
constexpr std::size_t kSmallLinesMax = 3;     // imports, constants: such pieces are put together

constexpr std::array<std::string_view, 41> kExtensions = {
    "c",   "h",   "cc", "cpp", "cxx", "hpp",  "hh",  "cs",  "java", "kt",  "kts", "scala", "go", "rs",
    "py",  "pyi", "rb", "php", "js",  "mjs",  "cjs", "jsx", "ts",   "tsx", "vue", "swift", "m",  "mm",
    "lua", "pl",  "pm", "r",   "jl",  "dart", "sql", "sh",  "bash", "ps1", "ex",  "hs",    "clj"};

struct Line {
  std::size_t start = 0, end = 0;  // without the line's end
  std::size_t indent = 0;
  bool blank = true;
};

std::vector<Line> split_lines(std::string_view text) {
  std::vector<Line> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    Line line{at, end};
    while (line.start + line.indent < end &&
           (text[line.start + line.indent] == ' ' || text[line.start + line.indent] == '\t')) {
      ++line.indent;
    }
    line.blank =
        text.substr(at + line.indent, end - at - line.indent).find_first_not_of('\r') == std::string_view::npos;
    lines.push_back(line);
    at = end + 1;
  }
  return lines;
}

class Cutter {
 public:
  Cutter(const Decoded& decoded, Document& document)
      : decoded_(decoded), lines_(split_lines(decoded.text)), blocks_(document) {}

  void run() {
    for (const auto& [first, last] : pieces(0, lines_.size(), false)) {
      if (last - first <= kLinesOfBlockMax) {
        add(first, last);
        continue;
      }
      for (const auto& [inner_first, inner_last] : pieces(first, last, true)) add_cut(inner_first, inner_last);
    }
  }

 private:
  using Range = std::pair<std::size_t, std::size_t>;  // lines [first, last)

  // Cut before lines of the smallest indentation behind empty lines. `inside`: of the smallest one that is any.
  std::vector<Range> pieces(std::size_t first, std::size_t last, bool inside) const {
    std::size_t indent = std::string::npos;
    for (std::size_t i = first; i < last; ++i) {
      if (!lines_[i].blank && (!inside || lines_[i].indent > 0)) indent = std::min(indent, lines_[i].indent);
    }
    std::vector<Range> ranges;
    std::size_t open = first;
    for (std::size_t i = first + 1; i < last; ++i) {
      const bool begins = !lines_[i].blank && lines_[i - 1].blank && lines_[i].indent <= indent;
      if (!begins || i - open <= kSmallLinesMax) continue;
      ranges.emplace_back(open, i);
      open = i;
    }
    ranges.emplace_back(open, last);
    return ranges;
  }

  void add_cut(std::size_t first, std::size_t last) {
    for (; first < last; first += kLinesOfBlockMax) add(first, std::min(last, first + kLinesOfBlockMax));
  }

  void add(std::size_t first, std::size_t last) {
    while (first < last && lines_[first].blank) ++first;
    while (last > first && lines_[last - 1].blank) --last;
    if (first == last) return;
    std::size_t end = lines_[last - 1].end;
    if (end > lines_[first].start && decoded_.text[end - 1] == '\r') --end;
    Block block;
    block.kind = BlockKind::code;
    block.text = decoded_.text.substr(lines_[first].start, end - lines_[first].start);
    block.locator.bytes = ByteRange{decoded_.original_offset(lines_[first].start), decoded_.original_offset(end)};
    blocks_.add(std::move(block));
  }

  const Decoded& decoded_;
  const std::vector<Line> lines_;
  BlockList blocks_;
};

class SourceCodeParser : public Parser {
 public:
  std::string_view format() const override { return "source_code"; }

  Confidence detect(const ParseInput& input) const override {
    const bool named = std::find(kExtensions.begin(), kExtensions.end(), input.media_hint) != kExtensions.end();
    if (!named || input.bytes.empty() || !may_be_text(input.bytes)) return Confidence::no;
    return describe_format(input.bytes).empty() ? Confidence::likely : Confidence::no;
  }

  Result<Document> parse(const ParseInput& input) const override {
    Document document = begin_document(input, "source_code");
    document.metadata.emplace_back("programming_language", input.media_hint);
    const Decoded decoded = decode_into(document, input.bytes);
    Cutter(decoded, document).run();
    finish_document(document);
    return document;
  }
};

}  // namespace

void register_source_code(Registry& registry) {
  registry.add_parser({.name = "source_code", .summary = "programs: a function or type a block"},
                      [] { return std::make_unique<SourceCodeParser>(); });
}

}  // namespace naru
