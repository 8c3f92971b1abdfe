#include "parse/pdf/rules.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

namespace naru::pdf {

namespace {

constexpr int kObjectsMax = 100'000;                  // looked at on one page
constexpr int kSegmentsMax = 2'000;                   // of one path: a whole table may be one
constexpr std::int64_t kSegmentsOfPageMax = 200'000;  // a map or a drawing has more
constexpr std::size_t kRulesMax = 5'000;              // of one page: each side of each cell of a dense table
constexpr int kDepthMax = 6;                          // of forms in forms
constexpr float kThick = 3.0F;                        // points: a filled bar that is thicker is an area
constexpr float kStraight = 0.7F;                     // points that the ends of a rule may be out of line
constexpr float kShort = 3.0F;                        // points: shorter ones are parts of letters and dashes
constexpr std::size_t kNeighbours = 64;               // areas of one row are not further apart
constexpr unsigned kWhite = 250;                      // of 255, each colour

struct Point {
  float x = 0, y = 0;
};

class RuleReader {
 public:
  RuleReader(const Pdfium& library, const PageSpace& space) : library_(library), space_(space) {}

  Rules read(FPDF_PAGE page) {
    const int count = std::min(library_.FPDFPage_CountObjects_(page), kObjectsMax);
    for (int i = 0; i < count && !too_many_; ++i)
      read_object(library_.FPDFPage_GetObject_(page, i), {1, 0, 0, 1, 0, 0}, 0);
    add_sides_of_neighbours();
    return too_many_ ? Rules() : std::move(rules_);
  }

 private:
  void read_object(FPDF_PAGEOBJECT object, const FS_MATRIX& outer, int depth) {
    const int type = library_.FPDFPageObj_GetType_(object);
    if (type != FPDF_PAGEOBJ_PATH && type != FPDF_PAGEOBJ_FORM) return;
    too_many_ = too_many_ || ++seen_ > kObjectsMax;
    FS_MATRIX own{1, 0, 0, 1, 0, 0};
    library_.FPDFPageObj_GetMatrix_(object, &own);
    const FS_MATRIX matrix = {own.a * outer.a + own.b * outer.c,           own.a * outer.b + own.b * outer.d,
                              own.c * outer.a + own.d * outer.c,           own.c * outer.b + own.d * outer.d,
                              own.e * outer.a + own.f * outer.c + outer.e, own.e * outer.b + own.f * outer.d + outer.f};
    if (type == FPDF_PAGEOBJ_PATH) return read_path(object, matrix);
    if (depth == kDepthMax) return;
    const int count = std::min(library_.FPDFFormObj_CountObjects_(object), kObjectsMax);
    for (int i = 0; i < count && !too_many_; ++i) {
      read_object(library_.FPDFFormObj_GetObject_(object, static_cast<unsigned long>(i)), matrix, depth + 1);
    }
  }

  void read_path(FPDF_PAGEOBJECT path, const FS_MATRIX& matrix) {
    int fill = FPDF_FILLMODE_NONE;
    FPDF_BOOL stroked = 0;
    const int count = library_.FPDFPath_CountSegments_(path);
    segments_ += std::max(count, 0);
    too_many_ = too_many_ || segments_ > kSegmentsOfPageMax;
    if (count < 2 || count > kSegmentsMax || library_.FPDFPath_GetDrawMode_(path, &fill, &stroked) == 0) return;
    std::vector<Point> part;
    for (int i = 0; i < count; ++i) {
      FPDF_PATHSEGMENT segment = library_.FPDFPath_GetPathSegment_(path, i);
      const int type = library_.FPDFPathSegment_GetType_(segment);
      if (type == FPDF_SEGMENT_BEZIERTO) return;  // round corners and drawings
      if (type == FPDF_SEGMENT_MOVETO) {
        add_part(part, stroked != 0, fill != FPDF_FILLMODE_NONE, path);
        part.clear();
      }
      Point p;
      library_.FPDFPathSegment_GetPoint_(segment, &p.x, &p.y);
      part.push_back({p.x * matrix.a + p.y * matrix.c + matrix.e, p.x * matrix.b + p.y * matrix.d + matrix.f});
      if (library_.FPDFPathSegment_GetClose_(segment) != 0) part.push_back(part.front());
    }
    add_part(part, stroked != 0, fill != FPDF_FILLMODE_NONE, path);
  }

  void add_part(const std::vector<Point>& part, bool stroked, bool filled, FPDF_PAGEOBJECT path) {
    if (part.size() < 2) return;
    if (filled) {
      if (const std::optional<Box> area = rectangle(part)) add_area(*area, path);
    }
    for (std::size_t i = 1; stroked && i < part.size(); ++i) add_line(around(part[i - 1], part[i]));
  }

  void add_area(const Box& area, FPDF_PAGEOBJECT path) {
    if (area.x1 - area.x0 <= kThick || area.y1 - area.y0 <= kThick) return add_line(area);
    unsigned red = 0, green = 0, blue = 0, opacity = 0;
    if (library_.FPDFPageObj_GetFillColor_(path, &red, &green, &blue, &opacity) == 0 || opacity == 0) return;
    if (std::min({red, green, blue}) >= kWhite) return;
    rules_.filled.push_back(area);
    too_many_ = too_many_ || rules_.filled.size() > kRulesMax;
  }

  // A stroke, or a bar so thin that it is one.
  void add_line(const Box& line) {
    const float width = line.x1 - line.x0, height = line.y1 - line.y0;
    const float x = (line.x0 + line.x1) / 2, y = (line.y0 + line.y1) / 2;
    if (width >= kShort && height <= std::max(kStraight, std::min(kThick, width / 4))) {
      rules_.horizontal.push_back({line.x0, y, line.x1, y});
    } else if (height >= kShort && width <= std::max(kStraight, std::min(kThick, height / 4))) {
      rules_.vertical.push_back({x, line.y0, x, line.y1});
    }
    too_many_ = too_many_ || rules_.horizontal.size() + rules_.vertical.size() > kRulesMax;
  }

  // Cells with a ground of their own are often parted by no rule but its end.
  void add_sides_of_neighbours() {
    std::vector<Box> areas = rules_.filled;
    std::sort(areas.begin(), areas.end(), [](const Box& a, const Box& b) {
      return std::pair(std::lround(a.y0), a.x0) < std::pair(std::lround(b.y0), b.x0);
    });
    for (std::size_t i = 0; i < areas.size(); ++i) {
      const Box& left = areas[i];
      for (std::size_t j = i + 1; j < std::min(areas.size(), i + kNeighbours); ++j) {
        const Box& right = areas[j];
        if (std::abs(left.y0 - right.y0) > 1 || std::abs(left.y1 - right.y1) > 1) continue;
        if (std::abs(right.x0 - left.x1) <= kThick) add_line({left.x1, left.y0, left.x1, left.y1});
      }
    }
  }

  Box around(const Point& a, const Point& b) const {
    return space_.shown(std::min(a.x, b.x), std::min(a.y, b.y), std::max(a.x, b.x), std::max(a.y, b.y));
  }

  // Four corners whose sides are upright.
  std::optional<Box> rectangle(const std::vector<Point>& part) const {
    if (part.size() < 4 || part.size() > 6) return std::nullopt;
    Point low = part[0], high = part[0];
    for (std::size_t i = 1; i < part.size(); ++i) {
      const bool upright =
          std::abs(part[i].x - part[i - 1].x) <= kStraight || std::abs(part[i].y - part[i - 1].y) <= kStraight;
      if (!upright) return std::nullopt;
      low = {std::min(low.x, part[i].x), std::min(low.y, part[i].y)};
      high = {std::max(high.x, part[i].x), std::max(high.y, part[i].y)};
    }
    if (!std::isfinite(low.x + low.y + high.x + high.y)) return std::nullopt;
    return around(low, high);
  }

  const Pdfium& library_;
  const PageSpace& space_;
  Rules rules_;
  int seen_ = 0;
  std::int64_t segments_ = 0;
  bool too_many_ = false;
};

}  // namespace

Rules read_rules(const Pdfium& library, FPDF_PAGE page, const PageSpace& space) {
  return RuleReader(library, space).read(page);
}

}  // namespace naru::pdf
