#include "parse/pdf/attachments.h"

#include <fmt/format.h>

#include <algorithm>

#include "parse/pdf/strings.h"
#include "parse/shared/child.h"

namespace naru::pdf {

namespace {

constexpr std::size_t kAttachmentsMax = 1'000;              // of one document, pinned ones too
constexpr unsigned long kAttachmentBytesMax = 100UL << 20;  // it is in memory twice, of the 512 MB a document may have
constexpr int kPacketsMax = 100;                            // of an XFA form: it has about ten
constexpr unsigned long kPacketNameMax = 64;

}  // namespace

bool Attachments::too_many() {
  if (++count_ <= kAttachmentsMax) return false;
  if (count_ == kAttachmentsMax + 1) {
    document_.warnings.push_back(fmt::format("only {} attachments were read", kAttachmentsMax));
  }
  return true;
}

void Attachments::add(FPDF_ATTACHMENT attachment) {
  if (too_many()) return;
  const std::string name = utf16_text([&](void* buffer, unsigned long bytes) {
    return library_.FPDFAttachment_GetName_(attachment, static_cast<FPDF_WCHAR*>(buffer), bytes);
  });
  unsigned long size = 0;
  if (library_.FPDFAttachment_GetFile_(attachment, nullptr, 0, &size) == 0) {
    return add_unread_child(document_, name, "the PDF holds no file of this name");
  }
  if (size > kAttachmentBytesMax) {
    return add_unread_child(document_, name, fmt::format("it is larger than {} MB", kAttachmentBytesMax >> 20));
  }
  std::string bytes(size, '\0');
  if (library_.FPDFAttachment_GetFile_(attachment, bytes.data(), size, &size) == 0 || size > bytes.size()) {
    return add_unread_child(document_, name, "it is damaged");
  }
  add_child(document_, input_, name, bytes);
}

void Attachments::add_all_of(FPDF_DOCUMENT file) {
  const int count = std::min(library_.FPDFDoc_GetAttachmentCount_(file), static_cast<int>(kAttachmentsMax) + 1);
  for (int i = 0; i < count; ++i) {
    if (FPDF_ATTACHMENT attachment = library_.FPDFDoc_GetAttachment_(file, i); attachment != nullptr) add(attachment);
  }
  add_form_data(file);
}

// A dynamic XFA form has its fields and what was filled into them in XML; its pages say no more than "please wait". Its
// own text is a program for Adobe's viewer and not read.
void Attachments::add_form_data(FPDF_DOCUMENT file) {
  if (library_.FPDF_GetFormType_(file) != FORMTYPE_XFA_FULL) return;
  document_.warnings.emplace_back("it is an XFA form: the values filled in are read, its own text is not");
  const int count = std::min(library_.FPDF_GetXFAPacketCount_(file), kPacketsMax);
  for (int i = 0; i < count; ++i) {
    char name[kPacketNameMax] = {};
    if (library_.FPDF_GetXFAPacketName_(file, i, name, sizeof name) > sizeof name) continue;
    if (std::string_view(name) != "datasets") continue;
    unsigned long size = 0;
    if (library_.FPDF_GetXFAPacketContent_(file, i, nullptr, 0, &size) == 0 || size > kAttachmentBytesMax) continue;
    std::string bytes(size, '\0');
    if (library_.FPDF_GetXFAPacketContent_(file, i, bytes.data(), size, &size) == 0 || size > bytes.size()) continue;
    if (!too_many()) add_child(document_, input_, "form data.xml", bytes);
  }
}

}  // namespace naru::pdf
