#include "parse/pdf/annotations.h"

#include <algorithm>

#include "parse/pdf/strings.h"

namespace naru::pdf {

namespace {

constexpr int kAnnotationsMax = 10'000;  // of one page

const char* text_key(FPDF_ANNOTATION_SUBTYPE subtype) {
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

std::string without_blanks(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != ' ' && c != '\n') out += c;
  }
  return out;
}

}  // namespace

PageNotes read_notes(const Pdfium& library, FPDF_PAGE page, const PageSpace& space, std::uint32_t number) {
  PageNotes notes;
  const int count = std::min(library.FPDFPage_GetAnnotCount_(page), kAnnotationsMax);
  for (int i = 0; i < count; ++i) {
    FPDF_ANNOTATION annotation = library.FPDFPage_GetAnnot_(page, i);
    if (annotation == nullptr) continue;
    const FPDF_ANNOTATION_SUBTYPE subtype = library.FPDFAnnot_GetSubtype_(annotation);
    notes.drawn = notes.drawn || (subtype != FPDF_ANNOT_LINK && subtype != FPDF_ANNOT_POPUP);
    const char* key = text_key(subtype);
    FS_RECTF area{};
    if (key != nullptr && library.FPDFAnnot_GetValueType_(annotation, key) == FPDF_OBJECT_STRING &&
        library.FPDFAnnot_GetRect_(annotation, &area) != 0) {
      PageBlock note;
      note.block.kind = subtype == FPDF_ANNOT_WIDGET ? BlockKind::paragraph : BlockKind::quote;
      note.block.text = utf16_text([&](void* buffer, unsigned long bytes) {
        return library.FPDFAnnot_GetStringValue_(annotation, key, static_cast<FPDF_WCHAR*>(buffer), bytes);
      });
      note.block.locator.page = number;
      note.block.locator.page_size = space.size();
      note.block.locator.boxes = {with_area(
          space.shown(area.left, std::min(area.bottom, area.top), area.right, std::max(area.bottom, area.top)))};
      if (!note.block.text.empty()) notes.blocks.push_back(std::move(note));
    }
    library.FPDFPage_CloseAnnot_(annotation);
  }
  return notes;
}

void add_notes(std::vector<PageBlock> notes, std::vector<PageBlock>& blocks, std::size_t first) {
  if (notes.empty()) return;
  std::string shown;
  for (std::size_t i = first; i < blocks.size(); ++i) shown += without_blanks(blocks[i].block.text);
  for (PageBlock& note : notes) {
    if (shown.find(without_blanks(note.block.text)) == std::string::npos) blocks.push_back(std::move(note));
  }
}

}  // namespace naru::pdf
