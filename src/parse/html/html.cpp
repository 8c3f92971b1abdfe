// html: web pages by gumbo's HTML5 algorithm: the main text of an article, the whole of every other page, or what the
// step asks for; the metadata say which ("read").
//
// Headings, paragraphs, list items, tables as grids, code, quotes and captions in document order; links are their text.
// Title, author, dates, description and canonical address go into the metadata, from meta tags, JSON-LD and markup.
// Every block knows the bytes of the original that it stands on, also where the charset was converted. Scripts, styles,
// templates, form values and what the page hides are left out; what scripts would add is not there. Pages that nest or
// grow without end are cut, with a warning.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "naru/registry.h"
#include "parse/html/blocks.h"
#include "parse/html/main_text.h"
#include "parse/html/metadata.h"
#include "parse/html/page.h"
#include "parse/html/source.h"
#include "parse/shared/blocks.h"
#include "text/charset.h"

namespace naru {

namespace {

constexpr std::size_t kDetectBytes = 1024;
// A page whose tree reaches its limits is read up to a quarter, then up to a sixteenth, in less and less time: all
// three together stay below the worker's deadline. The first is far above what the longest pages take, for it is wall
// time, which a busy machine stretches.
constexpr std::array<double, 3> kTreeMsMax = {5000, 1200, 600};
constexpr std::size_t kCutTo = 4;

bool is_html_hint(std::string_view hint) {
  return hint == "html" || hint == "htm" || hint == "xhtml" || hint == "xht" || hint == "shtml";
}

class HtmlParser : public Parser {
 public:
  std::string_view format() const override { return "html"; }

  Confidence detect(const ParseInput& input) const override {
    if (input.bytes.empty()) return is_html_hint(input.media_hint) ? Confidence::likely : Confidence::no;
    const std::string head = lower_ascii(input.bytes.substr(0, kDetectBytes));
    if (starts_as_html(head)) return Confidence::certain;
    if (!may_be_text(input.bytes)) return Confidence::no;
    if (is_html_hint(input.media_hint)) return Confidence::likely;
    const bool somewhere = head.find("<html") != std::string::npos || head.find("<!doctype html") != std::string::npos;
    return somewhere && input.media_hint.empty() ? Confidence::likely : Confidence::no;
  }

  Result<Document> parse(const ParseInput& input) const override {
    Document document = begin_document(input, "html");
    // Zeros in a page that is readable from its first byte are damage, and no sign of UTF-16.
    std::string without_zeros;
    std::string_view bytes = input.bytes;
    if (bytes.find('\0') != std::string_view::npos && starts_as_html(lower_ascii(bytes.substr(0, kDetectBytes)))) {
      without_zeros = bytes;
      std::replace(without_zeros.begin(), without_zeros.end(), '\0', ' ');
      bytes = without_zeros;
    }
    const Decoded decoded = decode_into(document, bytes, html::declared_charset(bytes));
    const html::Source source = html::clean_source(decoded.text);
    for (const std::string& warning : source.warnings) document.warnings.push_back(warning);
    const html::Page page = NARU_TRY(parse_page(source, document));

    html::PageMetadata metadata = html::read_metadata(page, source.linked_data);
    document.title = std::move(metadata.title);
    for (auto& pair : metadata.pairs) document.metadata.push_back(std::move(pair));
    std::vector<bool> kept;
    if (input.web_text != WebText::whole_page) {
      html::MainText main = html::choose_main_text(page, {document.title, metadata.article});
      const bool wanted = input.web_text == WebText::main_text || metadata.is_article || main.is_framed;
      if (wanted) kept = std::move(main.kept);
    }
    document.metadata.emplace_back("read", kept.empty() ? "whole page" : "main text");
    html::ReadBlocks read = html::read_blocks(page, kept);
    BlockList blocks(document);
    for (Block& block : read.blocks) {
      block.locator.bytes = original_range(*block.locator.bytes, source, decoded);
      blocks.add(std::move(block));
    }
    for (std::string& warning : read.warnings) document.warnings.push_back(std::move(warning));
    finish_document(document);
    if (document.language.empty()) document.language = metadata.language;
    return document;
  }

 private:
  static bool starts_as_html(std::string_view head) {
    if (head.starts_with("\xef\xbb\xbf")) head.remove_prefix(3);
    const auto skip = [&head](std::string_view open, std::string_view close) {
      if (!head.starts_with(open)) return false;
      const std::size_t end = head.find(close);
      head.remove_prefix(end == std::string_view::npos ? head.size() : end + close.size());
      return true;
    };
    do {
      while (!head.empty() && (head.front() <= ' ')) head.remove_prefix(1);
    } while (skip("<!--", "-->") || skip("<?xml", "?>"));
    return head.starts_with("<!doctype html") || head.starts_with("<html");
  }

  static Result<html::Page> parse_page(const html::Source& source, Document& document) {
    std::string_view text = source.text;
    for (std::size_t attempt = 0;; ++attempt) {
      Result<html::Page> page = html::Page::parse(text, kTreeMsMax[attempt]);
      if (page || attempt + 1 == kTreeMsMax.size()) return page;
      const std::size_t cut = text.rfind('<', text.size() / kCutTo);
      text = text.substr(0, cut == std::string_view::npos ? text.size() / kCutTo : cut);
      document.warnings.push_back(fmt::format("only the first {} bytes were read: {}",
                                              source.original_offset(text.size()), page.error().message()));
    }
  }

  static ByteRange original_range(const ByteRange& clean, const html::Source& source, const Decoded& decoded) {
    if (clean.end <= clean.start) return {0, 0};
    const std::size_t start = source.original_offset(clean.start);
    const std::size_t end = source.original_offset(clean.end - 1) + 1;
    return {decoded.original_offset(start), decoded.original_offset(end)};
  }
};

}  // namespace

void register_html(Registry& registry) {
  registry.add_parser(
      {.name = "html", .summary = "web pages: the main text of articles, the whole of other pages", .version = 4},
      [] { return std::make_unique<HtmlParser>(); });
}

}  // namespace naru
