// The table of PDFium's functions that we use, filled from libpdfium.so beside the program.
//
// PDFium is not thread-safe: one thread a process, which the worker is. The table lives until the process ends.
#pragma once

#include <fpdf_annot.h>
#include <fpdf_attachment.h>
#include <fpdf_catalog.h>
#include <fpdf_doc.h>
#include <fpdf_edit.h>
#include <fpdf_flatten.h>
#include <fpdf_formfill.h>
#include <fpdf_structtree.h>
#include <fpdf_sysfontinfo.h>
#include <fpdf_text.h>
#include <fpdfview.h>

#include "naru/result.h"

namespace naru {

// clang-format off
#define NARU_PDFIUM_FUNCTIONS(F)                                                                                      \
  F(FPDF_InitLibraryWithConfig) F(FPDF_SetSystemFontInfo) F(FPDF_LoadMemDocument64) F(FPDF_CloseDocument)             \
  F(FPDF_GetLastError) F(FPDF_GetPageCount) F(FPDF_LoadPage) F(FPDF_ClosePage) F(FPDF_GetPageWidthF)                  \
  F(FPDF_GetPageHeightF) F(FPDF_GetPageBoundingBox) F(FPDFPage_GetRotation) F(FPDF_GetMetaText) F(FPDFText_LoadPage)  \
  F(FPDFText_ClosePage) F(FPDFText_CountChars) F(FPDFText_GetUnicode) F(FPDFText_GetTextObject)                       \
  F(FPDFText_GetFontSize) F(FPDFText_GetFontWeight) F(FPDFText_GetMatrix) F(FPDFText_GetFontInfo)                     \
  F(FPDFText_HasUnicodeMapError) F(FPDFText_GetCharBox) F(FPDFText_GetLooseCharBox) F(FPDFPage_GetAnnotCount)         \
  F(FPDFPage_GetAnnot) F(FPDFPage_CloseAnnot) F(FPDFAnnot_GetSubtype) F(FPDFAnnot_GetRect) F(FPDFAnnot_GetValueType)  \
  F(FPDFAnnot_GetStringValue) F(FPDFPage_Flatten) F(FPDFAnnot_GetFlags) F(FPDFAnnot_GetFileAttachment)                \
  F(FPDFAnnot_GetFormFieldType) F(FPDFAnnot_GetFormFieldFlags) F(FPDFAnnot_GetFormFieldValue)                         \
  F(FPDFAnnot_GetFormFieldAlternateName) F(FPDFAnnot_GetOptionCount) F(FPDFAnnot_GetOptionLabel)                      \
  F(FPDFAnnot_IsOptionSelected) F(FPDF_GetFormType) F(FPDFDOC_InitFormFillEnvironment)                                \
  F(FPDFDOC_ExitFormFillEnvironment) F(FPDF_GetXFAPacketCount) F(FPDF_GetXFAPacketName) F(FPDF_GetXFAPacketContent)   \
  F(FPDFBookmark_GetFirstChild) F(FPDFBookmark_GetNextSibling) F(FPDFBookmark_GetTitle) F(FPDFBookmark_GetDest)       \
  F(FPDFDest_GetDestPageIndex) F(FPDFDoc_GetAttachmentCount) F(FPDFDoc_GetAttachment) F(FPDFAttachment_GetName)       \
  F(FPDFAttachment_GetFile) F(FPDFCatalog_GetLanguage) F(FPDF_GetPageLabel) F(FPDFPage_CountObjects)                  \
  F(FPDFPage_GetObject) F(FPDFPageObj_GetType) F(FPDFPageObj_GetMatrix) F(FPDFPageObj_GetFillColor)                   \
  F(FPDFFormObj_CountObjects) F(FPDFFormObj_GetObject) F(FPDFPath_CountSegments) F(FPDFPath_GetPathSegment)           \
  F(FPDFPath_GetDrawMode) F(FPDFPathSegment_GetType) F(FPDFPathSegment_GetPoint) F(FPDFPathSegment_GetClose)          \
  F(FPDFCatalog_IsTagged) F(FPDFPageObj_GetMarkedContentID) F(FPDFPageObj_GetBounds) F(FPDF_StructTree_GetForPage)    \
  F(FPDF_StructTree_Close) F(FPDF_StructTree_CountChildren) F(FPDF_StructTree_GetChildAtIndex)                        \
  F(FPDF_StructElement_GetType) F(FPDF_StructElement_GetAltText) F(FPDF_StructElement_GetMarkedContentIdCount)        \
  F(FPDF_StructElement_GetMarkedContentIdAtIndex) F(FPDF_StructElement_CountChildren)                                 \
  F(FPDF_StructElement_GetChildAtIndex)
// clang-format on

struct Pdfium {
#define NARU_PDFIUM_MEMBER(NAME) decltype(::NAME)* NAME##_ = nullptr;
  NARU_PDFIUM_FUNCTIONS(NARU_PDFIUM_MEMBER)
#undef NARU_PDFIUM_MEMBER
};

// Opens and starts the library at the first call. unavailable: it is not there, or lacks a function.
Result<const Pdfium*> pdfium();

}  // namespace naru
