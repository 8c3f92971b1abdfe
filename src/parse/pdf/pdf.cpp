// PDF by PDFium: the text layer with page and boxes for every block, headings by size, list items, form values.
//
// A document without a text layer gives its pages as warnings, never a silent nothing. Where a limit is reached, what
// was read until then is kept and a warning says so.
#include "parse/pdf/pdfium.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "naru/registry.h"
#include "parse/pdf/layout.h"
#include "parse/shared/blocks.h"
#include "runtime/clock.h"
#include "text/unicode.h"

namespace naru {

namespace {

constexpr int kPagesMax = 20'000;                        // the longest manuals have some thousands
constexpr int kPageCharactersMax = 1'000'000;            // a dense page has 10,000; more is a bomb
constexpr std::uint64_t kCharactersMax = 40'000'000;     // of all pages: 80 novels, and 40 MB of blocks
constexpr std::uint64_t kBlocksOfDocumentMax = 500'000;  // as many lines as 10,000 pages have
constexpr int kAnnotationsMax = 10'000;                  // of one page
constexpr std::int64_t kReadMs = 7'000;                  // ends below the worker's deadline, so that text is kept
constexpr unsigned long kMetadataBytesMax = 64 * 1024;   // of one field
constexpr std::size_t kHeaderWithin = 1024;              // PDFium looks for %PDF- no further
constexpr int kBoldWeight = 600;

// From the page's own space to the page as it is shown: rotated, from the corner of the crop box.
class PageSpace {
 public:
  PageSpace(const Pdfium& library, FPDF_PAGE page) : rotation_(library.FPDFPage_GetRotation_(page)) {
    size_ = {library.FPDF_GetPageWidthF_(page), library.FPDF_GetPageHeightF_(page)};
    if (library.FPDF_GetPageBoundingBox_(page, &bounds_) == 0) {
      const bool turned = rotation_ % 2 == 1;
      bounds_ = {0, turned ? size_.width : size_.height, turned ? size_.height : size_.width, 0};
    }
  }
  PageSize size() const { return size_; }
  Box shown(float left, float bottom, float right, float top) const {
    const auto [x0, y0] = point(left, top);
    const auto [x1, y1] = point(right, bottom);
    return {std::min(x0, x1), std::min(y0, y1), std::max(x0, x1), std::max(y0, y1)};
  }

 private:
  std::pair<float, float> point(float x, float y) const {
    switch (rotation_) {
      case 1:
        return {y - bounds_.bottom, x - bounds_.left};
      case 2:
        return {bounds_.right - x, y - bounds_.bottom};
      case 3:
        return {bounds_.top - y, bounds_.right - x};
      default:
        return {x - bounds_.left, bounds_.top - y};
    }
  }
  int rotation_;
  FS_RECTF bounds_{};
  PageSize size_;
};

// PDFium's strings: UTF-16LE with a zero at the end, the length in bytes.
template <class Get>
std::string utf16_text(Get get) {
  const unsigned long bytes = std::min(get(nullptr, 0UL), kMetadataBytesMax);
  if (bytes < 4) return {};
  std::vector<unsigned short> units(bytes / 2);
  if (get(units.data(), bytes) > bytes) return {};
  std::string text;
  for (std::size_t i = 0; i < units.size() && units[i] != 0; ++i) {
    char32_t c = units[i];
    if (c >= 0xd800 && c < 0xdc00 && i + 1 < units.size() && units[i + 1] >= 0xdc00 && units[i + 1] < 0xe000) {
      c = 0x10000 + ((c - 0xd800) << 10) + (units[++i] - 0xdc00U);
    }
    append_utf8(text, c >= 0xd800 && c < 0xe000 ? kReplacement : c);
  }
  return nfc(fold_white_space(text));
}

class Reader {
 public:
  Reader(const Pdfium& library, FPDF_DOCUMENT file) : library_(library), file_(file) {}

  Result<Document> read(Document document) {
    const int pages = library_.FPDF_GetPageCount_(file_);
    if (pages <= 0) return Error(Code::corrupt, "the PDF has no page that can be read: it is damaged");
    read_metadata(document);
    document.metadata.emplace_back("pages", std::to_string(pages));
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
      read_page(page);
    }
    document.blocks = pdf::finish_blocks(std::move(blocks_));
    warn(document, without_text_, "no text on {} (scan?)");
    warn(document, unreadable_, "{} could not be read: damaged");
    warn(document, garbled_, "most characters on {} have no meaning in the file: text is missing");
    warn(document, cut_, "{}: too many characters, the rest was left out");
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
  void read_metadata(Document& document) {
    static constexpr std::pair<const char*, const char*> kFields[] = {
        {"Title", "title"},     {"Author", "author"},     {"Subject", "subject"},           {"Keywords", "keywords"},
        {"Creator", "creator"}, {"Producer", "producer"}, {"CreationDate", "creation_date"}};
    for (const auto& [name, key] : kFields) {
      std::string value = utf16_text([&, tag = name](void* buffer, unsigned long bytes) {
        return library_.FPDF_GetMetaText_(file_, tag, buffer, bytes);
      });
      if (value.empty()) continue;
      if (std::string_view(key) == "title") document.title = value;
      document.metadata.emplace_back(key, std::move(value));
    }
  }

  void read_page(int index) {
    const auto number = static_cast<std::uint32_t>(index + 1);
    FPDF_PAGE page = library_.FPDF_LoadPage_(file_, index);
    if (page == nullptr) {
      unreadable_.push_back(number);
      return;
    }
    const PageSpace space(library_, page);
    std::vector<pdf::PageBlock> notes = read_notes(page, space, number);
    page = with_annotations(page, index);
    const std::size_t before = blocks_.size();
    FPDF_TEXTPAGE text = page == nullptr ? nullptr : library_.FPDFText_LoadPage_(page);
    if (text != nullptr) {
      const std::vector<pdf::Glyph> glyphs = read_glyphs(text, space, number);
      characters_ += glyphs.size();
      const std::vector<pdf::Line> lines = pdf::make_lines(glyphs);
      for (pdf::PageBlock& block : pdf::make_blocks(lines, number, space.size())) blocks_.push_back(std::move(block));
      library_.FPDFText_ClosePage_(text);
    }
    add_notes(std::move(notes), before);
    if (page != nullptr) library_.FPDF_ClosePage_(page);
    if (text == nullptr) {
      unreadable_.push_back(number);
    } else if (blocks_.size() == before) {
      without_text_.push_back(number);
    }
  }

  // What a person filled in or wrote onto the page stands in annotations, not in the page's content. Flattening draws
  // them there, as they look, with their boxes. The page then has to be loaded again.
  FPDF_PAGE with_annotations(FPDF_PAGE page, int index) {
    if (!drawn_ || library_.FPDFPage_Flatten_(page, FLAT_NORMALDISPLAY) != FLATTEN_SUCCESS) return page;
    library_.FPDF_ClosePage_(page);
    return library_.FPDF_LoadPage_(file_, index);
  }

  std::vector<pdf::Glyph> read_glyphs(FPDF_TEXTPAGE text, const PageSpace& space, std::uint32_t page) {
    int count = library_.FPDFText_CountChars_(text);
    if (count > kPageCharactersMax) {
      count = kPageCharactersMax;
      cut_.push_back(page);
    }
    std::vector<pdf::Glyph> glyphs;
    glyphs.reserve(static_cast<std::size_t>(std::max(count, 0)));
    pdf::Glyph glyph;  // its flags gather until a character shows
    FPDF_PAGEOBJECT object = nullptr;
    int without_meaning = 0;
    for (int i = 0; i < count; ++i) {
      char32_t c = library_.FPDFText_GetUnicode_(text, i);
      if (c >= 0xd800 && c < 0xdc00 && i + 1 < count) {
        const char32_t low = library_.FPDFText_GetUnicode_(text, i + 1);
        if (low >= 0xdc00 && low < 0xe000) {
          c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
          ++i;
        }
      }
      if (c == U'\r' || c == U'\n') {
        glyph.line_before = true;
        continue;
      }
      if (c == 2 || c == 0xfffe) {  // PDFium's mark for a hyphen at the end of a line
        glyph.line_before = glyph.hyphen_before = true;
        continue;
      }
      if (is_space(c)) {
        glyph.space_before = true;
        continue;
      }
      if (c < 0x20 || c == 0x7f || c == 0xfffd || c == 0xffff || (c >= 0xd800 && c < 0xe000)) {
        ++without_meaning;
        continue;
      }
      if (c == 0xad || c == 0x200b || c == 0xfeff) continue;  // shows nothing
      if (FPDF_PAGEOBJECT now = library_.FPDFText_GetTextObject_(text, i); now != object || now == nullptr) {
        object = now;
        FS_MATRIX matrix{1, 0, 0, 1, 0, 0};
        library_.FPDFText_GetMatrix_(text, i, &matrix);
        const auto scale = std::hypot(matrix.c, matrix.d);
        const float size = static_cast<float>(library_.FPDFText_GetFontSize_(text, i)) * (scale > 0 ? scale : 1);
        glyph.size = std::isfinite(size) ? std::clamp(std::abs(size), 0.0F, 10'000.0F) : 0.0F;
        glyph.bold = library_.FPDFText_GetFontWeight_(text, i) >= kBoldWeight;
      }
      if (!box_of(text, i, space, glyph)) continue;
      add(glyphs, glyph, c);
    }
    if (without_meaning > 20 && static_cast<std::size_t>(without_meaning) > glyphs.size()) garbled_.push_back(page);
    return glyphs;
  }

  bool box_of(FPDF_TEXTPAGE text, int index, const PageSpace& space, pdf::Glyph& glyph) const {
    FS_RECTF loose{};
    if (library_.FPDFText_GetLooseCharBox_(text, index, &loose) != 0) {
      glyph.box = space.shown(loose.left, loose.bottom, loose.right, loose.top);
    }
    if (!(glyph.box.x1 > glyph.box.x0) || !(glyph.box.y1 > glyph.box.y0)) {
      double left = 0, right = 0, bottom = 0, top = 0;
      if (library_.FPDFText_GetCharBox_(text, index, &left, &right, &bottom, &top) == 0) return false;
      glyph.box = space.shown(static_cast<float>(left), static_cast<float>(bottom), static_cast<float>(right),
                              static_cast<float>(top));
    }
    const Box& box = glyph.box;
    if (!std::isfinite(box.x0) || !std::isfinite(box.y0) || !std::isfinite(box.x1) || !std::isfinite(box.y1)) {
      return false;
    }
    glyph.box = with_area(box);
    return true;
  }

  // Ligatures are written out and the symbol fonts' bullets named: both are how people search.
  static void add(std::vector<pdf::Glyph>& glyphs, pdf::Glyph& glyph, char32_t c) {
    static constexpr std::u32string_view kLigatures[] = {U"ff", U"fi", U"fl", U"ffi", U"ffl", U"st", U"st"};
    const auto push = [&](char32_t character) {
      glyph.character = character;
      glyphs.push_back(glyph);
      glyph.space_before = glyph.line_before = glyph.hyphen_before = false;
    };
    if (c >= 0xfb00 && c <= 0xfb06) {
      for (const char32_t part : kLigatures[c - 0xfb00]) push(part);
    } else if (c == 0xf0b7 || c == 0xf0a7 || c == 0xf06c || c == 0xf06e) {
      push(U'•');
    } else {
      push(c);
    }
  }

  // Values of form fields and the texts of comments, as their annotations hold them.
  std::vector<pdf::PageBlock> read_notes(FPDF_PAGE page, const PageSpace& space, std::uint32_t number) {
    std::vector<pdf::PageBlock> notes;
    drawn_ = false;
    const int count = std::min(library_.FPDFPage_GetAnnotCount_(page), kAnnotationsMax);
    for (int i = 0; i < count; ++i) {
      FPDF_ANNOTATION annotation = library_.FPDFPage_GetAnnot_(page, i);
      if (annotation == nullptr) continue;
      const FPDF_ANNOTATION_SUBTYPE subtype = library_.FPDFAnnot_GetSubtype_(annotation);
      drawn_ = drawn_ || (subtype != FPDF_ANNOT_LINK && subtype != FPDF_ANNOT_POPUP);
      const char* key = text_key(subtype);
      FS_RECTF area{};
      if (key != nullptr && library_.FPDFAnnot_GetValueType_(annotation, key) == FPDF_OBJECT_STRING &&
          library_.FPDFAnnot_GetRect_(annotation, &area) != 0) {
        pdf::PageBlock note;
        note.block.kind = subtype == FPDF_ANNOT_WIDGET ? BlockKind::paragraph : BlockKind::quote;
        note.block.text = utf16_text([&](void* buffer, unsigned long bytes) {
          return library_.FPDFAnnot_GetStringValue_(annotation, key, static_cast<FPDF_WCHAR*>(buffer), bytes);
        });
        note.block.locator.page = number;
        note.block.locator.page_size = space.size();
        note.block.locator.boxes = {with_area(
            space.shown(area.left, std::min(area.bottom, area.top), area.right, std::max(area.bottom, area.top)))};
        if (!note.block.text.empty()) notes.push_back(std::move(note));
      }
      library_.FPDFPage_CloseAnnot_(annotation);
    }
    return notes;
  }

  static const char* text_key(FPDF_ANNOTATION_SUBTYPE subtype) {
    switch (subtype) {
      case FPDF_ANNOT_WIDGET:
        return "V";
      case FPDF_ANNOT_TEXT:
      case FPDF_ANNOT_FREETEXT:
      case FPDF_ANNOT_HIGHLIGHT:
      case FPDF_ANNOT_UNDERLINE:
      case FPDF_ANNOT_SQUIGGLY:
      case FPDF_ANNOT_STRIKEOUT:
      case FPDF_ANNOT_STAMP:
      case FPDF_ANNOT_CARET:
        return "Contents";
      default:
        return nullptr;
    }
  }

  // Those that the page does not show already.
  void add_notes(std::vector<pdf::PageBlock> notes, std::size_t first) {
    if (notes.empty()) return;
    std::string shown;
    for (std::size_t i = first; i < blocks_.size(); ++i) shown += without_blanks(blocks_[i].block.text);
    for (pdf::PageBlock& note : notes) {
      if (shown.find(without_blanks(note.block.text)) == std::string::npos) blocks_.push_back(std::move(note));
    }
  }

  static std::string without_blanks(std::string_view text) {
    std::string out;
    for (const char c : text) {
      if (c != ' ' && c != '\n') out += c;
    }
    return out;
  }

  // A box needs an area to be shown at all.
  static Box with_area(Box box) {
    box.x1 = std::max(box.x1, box.x0 + 0.1F);
    box.y1 = std::max(box.y1, box.y0 + 0.1F);
    return box;
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
  std::vector<pdf::PageBlock> blocks_;
  std::uint64_t characters_ = 0;
  bool drawn_ = false;  // the page being read has annotations that show something
  std::vector<std::uint32_t> without_text_, unreadable_, garbled_, cut_;
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
    const Pdfium& library = *NARU_TRY(pdfium());
    std::string_view bytes = input.bytes;
    // Junk before the header moves every offset in the file; offsets count from the header.
    if (const std::size_t at = bytes.find("%PDF-"); at != std::string_view::npos) bytes.remove_prefix(at);
    FPDF_DOCUMENT file = library.FPDF_LoadMemDocument64_(bytes.data(), bytes.size(), nullptr);
    std::optional<std::string> repaired;  // PDFium reads from it until the document is closed
    if (file == nullptr && library.FPDF_GetLastError_() == FPDF_ERR_FORMAT) {
      repaired = with_trailer(bytes);
      if (repaired) file = library.FPDF_LoadMemDocument64_(repaired->data(), repaired->size(), nullptr);
      if (file != nullptr) document.warnings.emplace_back("the file is damaged or cut: read as far as it goes");
    }
    if (file == nullptr) return open_error(library.FPDF_GetLastError_());
    Result<Document> read = Reader(library, file).read(std::move(document));
    library.FPDF_CloseDocument_(file);
    return read;
  }
};

}  // namespace

void register_pdf(Registry& registry) {
  Descriptor descriptor;
  descriptor.name = "pdf";
  descriptor.summary = "PDF documents: text with page and boxes, headings by size, lists, form values.";
  descriptor.version = 1;
  registry.add_parser(descriptor, [] { return std::make_unique<PdfParser>(); });
}

}  // namespace naru
