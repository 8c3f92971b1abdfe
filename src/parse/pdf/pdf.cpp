// PDF by PDFium: the text layer with page and boxes for every block: headings by size or by tags, list items, tables
// with and without rules and with merged cells, captions, footnotes, words for pictures, form values, comments; the
// outline, properties and XMP; attachments as children. Turned text, vertical writing, Arabic and Hebrew are read in
// their order, hyphens at the ends of lines are taken out, ligatures written out. Running heads and page numbers stand
// behind the text.
//
// A document without a text layer gives its pages as warnings, never a silent nothing. Where a limit is reached, what
// was read until then is kept and a warning says so. Not read: pictures, formulas as such, the order that tags give,
// encryption that asks for a password.
#include "parse/pdf/pdfium.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "naru/registry.h"
#include "parse/pdf/annotations.h"
#include "parse/pdf/attachments.h"
#include "parse/pdf/characters.h"
#include "parse/pdf/layout.h"
#include "parse/pdf/outline.h"
#include "parse/pdf/owner_access.h"
#include "parse/pdf/page_space.h"
#include "parse/pdf/properties.h"
#include "parse/pdf/ruled_tables.h"
#include "parse/pdf/rules.h"
#include "parse/pdf/table_parts.h"
#include "parse/pdf/xmp.h"
#include "parse/shared/blocks.h"
#include "parse/shared/child.h"
#include "runtime/clock.h"

namespace naru {

namespace {

constexpr int kPagesMax = 20'000;                        // the longest manuals have some thousands
constexpr std::uint64_t kCharactersMax = 40'000'000;     // of all pages: 80 novels, and 40 MB of blocks
constexpr std::uint64_t kBlocksOfDocumentMax = 500'000;  // as many lines as 10,000 pages have
constexpr std::int64_t kReadMs = 7'000;                  // ends below the worker's deadline, so that text is kept
constexpr std::size_t kHeaderWithin = 1024;              // PDFium looks for %PDF- no further

class Reader {
 public:
  // `bytes`: the file that PDFium reads from.
  Reader(const Pdfium& library, FPDF_DOCUMENT file, const ParseInput& input, std::string_view bytes)
      : library_(library),
        file_(file),
        input_(input),
        form_(library, file),
        objects_(bytes),
        names_(objects_),
        is_tagged_(library.FPDFCatalog_IsTagged_(file) != 0) {}

  Result<Document> read(Document document) {
    const int pages = library_.FPDF_GetPageCount_(file_);
    if (pages <= 0) return Error(Code::corrupt, "the PDF has no page that can be read: it is damaged");
    pdf::read_properties(library_, file_, document);
    pdf::add_xmp(objects_, document);
    pdf::Attachments attachments(library_, input_, document);
    const Clock& clock = system_clock();
    const std::int64_t start = clock.monotonic_ns();
    for (int page = 0; page < pages; ++page) {
      std::string_view limit;
      if (page >= kPagesMax) limit = "it has more pages than we read";
      if (characters_ > kCharactersMax || blocks_.size() > kBlocksOfDocumentMax)
        limit = "it has more text than we read";
      if (elapsed_ms(start, clock.monotonic_ns()) > static_cast<double>(kReadMs)) limit = "reading it took too long";
      if (!limit.empty()) {
        document.warnings.push_back(fmt::format("only pages 1-{} of {} were read: {}", page, pages, limit));
        break;
      }
      read_page(page, attachments);
    }
    attachments.add_all_of(file_);
    warn_of_unread(document);
    document.blocks = pdf::finish_blocks(std::move(blocks_));
    pdf::apply_outline(pdf::read_outline(library_, file_), document.blocks);
    pdf::name_columns_over_pages(document.blocks);
    warn(document, without_text_, "no text on {} (scan?)");
    warn(document, unreadable_, "{} could not be read: damaged");
    warn(document, garbled_, "most characters on {} have no meaning in the file: text is missing");
    warn(document, cut_, "{}: too many characters, the rest was left out");
    warn(document, notes_cut_, "{}: too many form fields and comments, the rest was left out");
    if (document.title.empty()) {
      for (const Block& block : document.blocks) {
        if (block.kind != BlockKind::heading || block.level != 1) continue;
        document.title = block.text;
        break;
      }
    }
    finish_document(document);
    return document;
  }

 private:
  void read_page(int index, pdf::Attachments& attachments) {
    const auto number = static_cast<std::uint32_t>(index + 1);
    FPDF_PAGE page = library_.FPDF_LoadPage_(file_, index);
    if (page == nullptr) {
      unreadable_.push_back(number);
      return;
    }
    const pdf::PageSpace space(library_, page);
    pdf::PageNotes notes =
        pdf::read_notes(library_, form_, page, space, number, [&](FPDF_ATTACHMENT file) { attachments.add(file); });
    if (notes.cut) notes_cut_.push_back(number);
    if (notes.drawn) page = with_annotations(page, index);
    const std::size_t before = blocks_.size();
    pdf::PageStructure structure;
    if (is_tagged_ && page != nullptr) structure = pdf::read_structure(library_, page, space);
    FPDF_TEXTPAGE text = page == nullptr ? nullptr : library_.FPDFText_LoadPage_(page);
    if (text != nullptr) {
      pdf::PageCharacters characters = pdf::read_characters(library_, text, space, names_, structure);
      if (characters.cut) cut_.push_back(number);
      if (characters.garbled) garbled_.push_back(number);
      characters_ += characters.glyphs.size();
      add_blocks(pdf::take_ruled_tables(std::move(characters.glyphs), pdf::read_rules(library_, page, space)), number,
                 space.size());
      library_.FPDFText_ClosePage_(text);
    }
    for (auto& [words, box] : structure.pictures) {
      pdf::PageBlock& picture = notes.blocks.emplace_back();
      picture.block.kind = BlockKind::caption;
      picture.block.text = std::move(words);
      picture.block.locator.page = number;
      picture.block.locator.page_size = space.size();
      picture.block.locator.boxes = {box};
    }
    pdf::add_notes(std::move(notes.blocks), blocks_, before);
    if (page != nullptr) library_.FPDF_ClosePage_(page);
    if (text == nullptr) {
      unreadable_.push_back(number);
    } else if (blocks_.size() == before) {
      without_text_.push_back(number);
    }
  }

  void add_blocks(pdf::TakenOut page, std::uint32_t number, PageSize size) {
    std::size_t done = 0;
    const auto add_text_until = [&](std::size_t end) {
      const auto lines = pdf::make_lines(std::span(page.rest).subspan(done, end - done));
      for (pdf::PageBlock& block : pdf::make_blocks(lines, number, size)) blocks_.push_back(std::move(block));
      done = end;
    };
    for (auto& [before, table] : page.tables) {
      add_text_until(before);
      table.block.locator.page = number;
      table.block.locator.page_size = size;
      blocks_.push_back(std::move(table));
    }
    add_text_until(page.rest.size());
  }

  // What a person filled in or wrote onto the page stands in annotations, not in the page's content. Flattening draws
  // them there, as they look, with their boxes. The page then has to be loaded again.
  FPDF_PAGE with_annotations(FPDF_PAGE page, int index) {
    if (library_.FPDFPage_Flatten_(page, FLAT_NORMALDISPLAY) != FLATTEN_SUCCESS) return page;
    library_.FPDF_ClosePage_(page);
    return library_.FPDF_LoadPage_(file_, index);
  }

  // "page 3", "pages 1-4, 7": one warning, however many pages.
  static void warn(Document& document, const std::vector<std::uint32_t>& pages, std::string_view message) {
    constexpr std::size_t kRangesMax = 20;
    if (pages.empty()) return;
    std::string list;
    std::size_t ranges = 0;
    for (std::size_t i = 0; i < pages.size(); ++i) {
      const std::size_t first = i;
      while (i + 1 < pages.size() && pages[i + 1] == pages[i] + 1) ++i;
      if (++ranges > kRangesMax) {
        list += ", …";
        break;
      }
      if (!list.empty()) list += ", ";
      list += first == i ? fmt::format("{}", pages[i]) : fmt::format("{}-{}", pages[first], pages[i]);
    }
    const std::string named = (pages.size() == 1 ? "page " : "pages ") + list;
    document.warnings.push_back(fmt::format(fmt::runtime(message), named));
  }

  const Pdfium& library_;
  FPDF_DOCUMENT file_;
  const ParseInput& input_;
  const pdf::Form form_;
  pdf::FileObjects objects_;
  pdf::GlyphNames names_;
  const bool is_tagged_;
  std::vector<pdf::PageBlock> blocks_;
  std::uint64_t characters_ = 0;
  std::vector<std::uint32_t> without_text_, unreadable_, garbled_, cut_, notes_cut_;
};

Error open_error(unsigned long number) {
  switch (number) {
    case FPDF_ERR_PASSWORD:
      return {Code::not_allowed, "the PDF asks for a password: save it without one"};
    case FPDF_ERR_SECURITY:
      return {Code::unsupported, "the PDF is protected in a way that we cannot read"};
    default:
      return {Code::corrupt, "the PDF is damaged: it has no structure that can be read"};
  }
}

// A file that was cut before its trailer: the same bytes with a trailer that names the catalog, so that PDFium can look
// for the objects by itself. Nothing where no catalog is to be seen (it may be inside a compressed stream).
std::optional<std::string> with_trailer(std::string_view bytes) {
  std::size_t at = bytes.rfind("/Catalog");
  if (at == std::string_view::npos) return std::nullopt;
  at = bytes.rfind(" obj", at);
  if (at == std::string_view::npos) return std::nullopt;
  const auto digits_before = [bytes](std::size_t end) {
    std::size_t start = end;
    while (start > 0 && bytes[start - 1] >= '0' && bytes[start - 1] <= '9') --start;
    return bytes.substr(start, end - start);
  };
  const std::string_view generation = digits_before(at);
  if (generation.empty() || at - generation.size() < 2) return std::nullopt;
  const std::string_view number = digits_before(at - generation.size() - 1);
  if (number.empty()) return std::nullopt;
  return fmt::format("{}\ntrailer\n<</Root {} {} R>>\nstartxref\n0\n%%EOF\n", bytes, number, generation);
}

class PdfParser : public Parser {
 public:
  std::string_view format() const override { return "pdf"; }

  Confidence detect(const ParseInput& input) const override {
    const std::size_t at = input.bytes.substr(0, kHeaderWithin).find("%PDF-");
    if (at == 0) return Confidence::certain;
    if (at != std::string_view::npos) return Confidence::likely;
    return input.media_hint == "pdf" ? Confidence::possible : Confidence::no;
  }

  Result<Document> parse(const ParseInput& input) const override {
    Document document = begin_document(input, "pdf");
    if (input.bytes.empty()) return document;
    // Nothing that PDFium could read; and the sandbox was closed without it (parse/worker/protocol.cpp).
    if (input.bytes.find("%PDF") == std::string_view::npos) return open_error(FPDF_ERR_FORMAT);
    const Pdfium& library = *NARU_TRY(pdfium());
    std::string_view bytes = input.bytes;
    // Junk before the header moves every offset in the file; offsets count from the header.
    if (const std::size_t at = bytes.find("%PDF-"); at != std::string_view::npos) bytes.remove_prefix(at);
    FPDF_DOCUMENT file = library.FPDF_LoadMemDocument64_(bytes.data(), bytes.size(), nullptr);
    std::optional<std::string> repaired;  // PDFium reads from it until the document is closed
    if (file == nullptr) {
      const unsigned long error = library.FPDF_GetLastError_();
      if (error == FPDF_ERR_FORMAT) repaired = with_trailer(bytes);
      if (error == FPDF_ERR_PASSWORD) repaired = pdf::without_user_password(bytes);
      if (repaired) file = library.FPDF_LoadMemDocument64_(repaired->data(), repaired->size(), nullptr);
      if (file == nullptr) return open_error(error);
      if (error == FPDF_ERR_FORMAT) {
        document.warnings.emplace_back("the file is damaged or cut: read as far as it goes");
      }
    }
    Result<Document> read =
        Reader(library, file, input, repaired ? std::string_view(*repaired) : bytes).read(std::move(document));
    library.FPDF_CloseDocument_(file);
    return read;
  }
};

}  // namespace

void register_pdf(Registry& registry) {
  Descriptor descriptor;
  descriptor.name = "pdf";
  descriptor.summary =
      "PDF documents: text with page and boxes, headings, lists, tables, notes, running heads, forms, comments, "
      "attachments.";
  descriptor.version = 6;
  registry.add_parser(descriptor, [] { return std::make_unique<PdfParser>(); });
}

}  // namespace naru
