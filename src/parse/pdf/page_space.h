// PageSpace: from a PDF page's own coordinates to the page as it is shown, in points from its top left.
//
// Holds values only; the page may be closed while it lives. One thread.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "naru/record.h"
#include "parse/pdf/pdfium.h"

namespace naru::pdf {

// A box needs an area to be shown at all.
inline Box with_area(Box box) {
  box.x1 = std::max(box.x1, box.x0 + 0.1F);
  box.y1 = std::max(box.y1, box.y0 + 0.1F);
  return box;
}

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
  // Quarters clockwise that text stands turned by on the page as it is shown; `x`, `y`: where it runs to in the page's
  // own space. Text at a slant takes the nearest.
  std::uint8_t turn_of(float x, float y) const {
    if (!std::isfinite(x) || !std::isfinite(y)) return 0;
    const bool along = std::abs(x) >= std::abs(y);
    const int turn = along ? (x < 0 ? 2 : 0) : (y < 0 ? 1 : 3);
    return static_cast<std::uint8_t>((turn + rotation_) & 3);
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

}  // namespace naru::pdf
