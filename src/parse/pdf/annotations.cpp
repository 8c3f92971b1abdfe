#include "parse/pdf/annotations.h"

#include <algorithm>
#include <limits>

#include "parse/pdf/strings.h"

namespace naru::pdf {

namespace {

constexpr int kAnnotationsMax = 5'000;   // of one page: a dense form has some hundreds of fields
constexpr int kOptionsMax = 1'000;       // of one field: a list of all countries has 250
constexpr int kPasswordField = 1 << 13;  // PDF 32000-1, table 228
constexpr int kNotShown = FPDF_ANNOT_FLAG_HIDDEN | FPDF_ANNOT_FLAG_NOVIEW;

class AnnotationReader {
 public:
  AnnotationReader(const Pdfium& library, FPDF_FORMHANDLE form, FPDF_ANNOTATION annotation)
      : library_(library), form_(form), annotation_(annotation) {}

  std::string text(FPDF_ANNOTATION_SUBTYPE subtype) const {
    switch (subtype) {
      case FPDF_ANNOT_WIDGET:
        return form_ == nullptr ? own_string("V") : field_value();
      case FPDF_ANNOT_TEXT:
      case FPDF_ANNOT_FREETEXT:
      case FPDF_ANNOT_LINE:
      case FPDF_ANNOT_SQUARE:
      case FPDF_ANNOT_CIRCLE:
      case FPDF_ANNOT_POLYGON:
      case FPDF_ANNOT_POLYLINE:
      case FPDF_ANNOT_HIGHLIGHT:
      case FPDF_ANNOT_UNDERLINE:
      case FPDF_ANNOT_SQUIGGLY:
      case FPDF_ANNOT_STRIKEOUT:
      case FPDF_ANNOT_STAMP:
      case FPDF_ANNOT_CARET:
      case FPDF_ANNOT_INK:
        return own_string("Contents");
      default:
        return {};
    }
  }

 private:
  std::string own_string(const char* key) const {
    const FPDF_OBJECT_TYPE type = library_.FPDFAnnot_GetValueType_(annotation_, key);
    if (type != FPDF_OBJECT_STRING && type != FPDF_OBJECT_NAME) return {};
    return utf16_text([&](void* buffer, unsigned long bytes) {
      return library_.FPDFAnnot_GetStringValue_(annotation_, key, static_cast<FPDF_WCHAR*>(buffer), bytes);
    });
  }

  std::string field_value() const {
    switch (library_.FPDFAnnot_GetFormFieldType_(form_, annotation_)) {
      case FPDF_FORMFIELD_TEXTFIELD:
        if ((library_.FPDFAnnot_GetFormFieldFlags_(form_, annotation_) & kPasswordField) != 0) return {};
        return value();
      case FPDF_FORMFIELD_COMBOBOX:
      case FPDF_FORMFIELD_LISTBOX: {
        std::string labels = selected_labels();
        return labels.empty() ? value() : labels;
      }
      case FPDF_FORMFIELD_CHECKBOX:
      case FPDF_FORMFIELD_RADIOBUTTON: {
        // The mark itself shows; what it stands for is known only where the author gave the field a name for people.
        if (const std::string state = own_string("AS"); state.empty() || state == "Off") return {};
        const std::string name = utf16_text([&](void* buffer, unsigned long bytes) {
          return library_.FPDFAnnot_GetFormFieldAlternateName_(form_, annotation_, static_cast<FPDF_WCHAR*>(buffer),
                                                               bytes);
        });
        return name.empty() ? name : "☑ " + name;
      }
      default:
        return {};
    }
  }

  std::string value() const {
    return utf16_text([&](void* buffer, unsigned long bytes) {
      return library_.FPDFAnnot_GetFormFieldValue_(form_, annotation_, static_cast<FPDF_WCHAR*>(buffer), bytes);
    });
  }

  // What a person sees of the chosen options, which is not what the form sends.
  std::string selected_labels() const {
    std::string labels;
    const int count = std::min(library_.FPDFAnnot_GetOptionCount_(form_, annotation_), kOptionsMax);
    for (int i = 0; i < count; ++i) {
      if (library_.FPDFAnnot_IsOptionSelected_(form_, annotation_, i) == 0) continue;
      const std::string label = utf16_text([&](void* buffer, unsigned long bytes) {
        return library_.FPDFAnnot_GetOptionLabel_(form_, annotation_, i, static_cast<FPDF_WCHAR*>(buffer), bytes);
      });
      if (!labels.empty() && !label.empty()) labels += ", ";
      labels += label;
    }
    return labels;
  }

  const Pdfium& library_;
  FPDF_FORMHANDLE form_;
  FPDF_ANNOTATION annotation_;
};

std::string without_blanks(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != ' ' && c != '\n') out += c;
  }
  return out;
}

// How far `note` stands from a box that it is read after: one beside it on the left, above it, or around it; one above
// in another column is the last resort. Infinite where it is read before.
float distance_behind(const Box& box, const Box& note) {
  constexpr float kTouching = 1.0F;           // points that neighbours may overlap
  constexpr float kOtherColumn = 100'000.0F;  // beyond any distance on a page: 14,400 points at most
  const float rows = std::min(box.y1, note.y1) - std::max(box.y0, note.y0);
  const float columns = std::min(box.x1, note.x1) - std::max(box.x0, note.x0);
  if (rows > 0 && columns > 0) return 0;
  const bool same_row = rows > std::min(box.y1 - box.y0, note.y1 - note.y0) / 2;
  if (same_row && box.x1 <= note.x0 + kTouching) return note.x0 - box.x1;
  if (box.y1 <= note.y0 + kTouching) return note.y0 - box.y1 + (columns > 0 ? 0 : kOtherColumn);
  return std::numeric_limits<float>::infinity();
}

std::size_t place_behind(const std::vector<PageBlock>& blocks, std::size_t first, const Box& note) {
  std::size_t place = first;
  float nearest = std::numeric_limits<float>::infinity();
  for (std::size_t i = first; i < blocks.size(); ++i) {
    for (const Box& box : blocks[i].block.locator.boxes) {
      const float distance = distance_behind(box, note);
      if (distance > nearest || distance == std::numeric_limits<float>::infinity()) continue;
      nearest = distance;
      place = i + 1;
    }
  }
  return place;
}

}  // namespace

Form::Form(const Pdfium& library, FPDF_DOCUMENT file) : library_(library) {
  if (library.FPDF_GetFormType_(file) == FORMTYPE_NONE) return;
  info_.version = 1;
  handle_ = library.FPDFDOC_InitFormFillEnvironment_(file, &info_);
}

Form::~Form() {
  if (handle_ != nullptr) library_.FPDFDOC_ExitFormFillEnvironment_(handle_);
}

PageNotes read_notes(const Pdfium& library, const Form& form, FPDF_PAGE page, const PageSpace& space,
                     std::uint32_t number, const std::function<void(FPDF_ATTACHMENT)>& attached) {
  PageNotes found;
  const int count = library.FPDFPage_GetAnnotCount_(page);
  found.cut = count > kAnnotationsMax;
  for (int i = 0; i < std::min(count, kAnnotationsMax); ++i) {
    FPDF_ANNOTATION annotation = library.FPDFPage_GetAnnot_(page, i);
    if (annotation == nullptr) continue;
    const FPDF_ANNOTATION_SUBTYPE subtype = library.FPDFAnnot_GetSubtype_(annotation);
    const bool shown = (library.FPDFAnnot_GetFlags_(annotation) & kNotShown) == 0;
    found.drawn = found.drawn || (shown && subtype != FPDF_ANNOT_LINK && subtype != FPDF_ANNOT_POPUP);
    if (subtype == FPDF_ANNOT_FILEATTACHMENT) {
      if (FPDF_ATTACHMENT file = library.FPDFAnnot_GetFileAttachment_(annotation); file != nullptr) attached(file);
    }
    FS_RECTF area{};
    if (shown && library.FPDFAnnot_GetRect_(annotation, &area) != 0) {
      PageBlock note;
      note.block.kind = subtype == FPDF_ANNOT_WIDGET ? BlockKind::paragraph : BlockKind::quote;
      note.block.text = AnnotationReader(library, form.handle(), annotation).text(subtype);
      note.block.locator.page = number;
      note.block.locator.page_size = space.size();
      note.block.locator.boxes = {with_area(
          space.shown(area.left, std::min(area.bottom, area.top), area.right, std::max(area.bottom, area.top)))};
      if (!note.block.text.empty()) found.blocks.push_back(std::move(note));
    }
    library.FPDFPage_CloseAnnot_(annotation);
  }
  return found;
}

void add_notes(std::vector<PageBlock> notes, std::vector<PageBlock>& blocks, std::size_t first) {
  if (notes.empty()) return;
  std::string shown;
  for (std::size_t i = first; i < blocks.size(); ++i) shown += without_blanks(blocks[i].block.text);
  for (PageBlock& note : notes) {
    if (shown.find(without_blanks(note.block.text)) != std::string::npos) continue;
    const std::size_t place = place_behind(blocks, first, note.block.locator.boxes.front());
    blocks.insert(blocks.begin() + static_cast<std::ptrdiff_t>(place), std::move(note));
  }
}

}  // namespace naru::pdf
