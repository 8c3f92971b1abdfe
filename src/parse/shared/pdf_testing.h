// PdfWriter: small PDFs for tests, uncompressed, with a right cross-reference table. For tests only.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "text/unicode.h"

namespace naru {

class PdfWriter {
 public:
  struct Page {
    std::string content;                   // operators; fonts are /F (Helvetica), /B (bold) and /K (any Unicode text)
    std::string entries;                   // more entries of the page's dictionary: /Rotate 90, /CropBox [...]
    std::vector<std::string> annotations;  // their dictionaries
  };

  void add(Page page) { pages_.push_back(std::move(page)); }
  void add(std::string content) { pages_.push_back({std::move(content), {}, {}}); }
  std::string catalog;               // more entries of the catalog
  std::string trailer;               // more entries of the trailer
  std::string info;                  // entries of the information dictionary
  std::string fonts;                 // more of the pages' fonts: "/G 9 0 R"
  std::string resources;             // more entries of the pages' resources
  std::vector<std::string> objects;  // more objects, numbered from 9; a page's content, annotations, itself follow

  // Shows text at a place, in the page's own coordinates (from the bottom left).
  static std::string text(double x, double y, double size, std::string_view text, std::string_view font = "F") {
    return fmt::format("BT /{} {} Tf {} {} Td {} Tj ET\n", font, size, x, y,
                       font == "K" ? wide(text) : fmt::format("({})", text));
  }

  std::string write() const {
    std::vector<std::string> all = {
        "",
        "",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold/Encoding/WinAnsiEncoding>>",
        "<</Type/Font/Subtype/Type0/BaseFont/Any/Encoding/Identity-H/DescendantFonts[6 0 R]/ToUnicode 7 0 R>>",
        "<</Type/Font/Subtype/CIDFontType2/BaseFont/Any/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
        "/Supplement 0>>/DW 1000/FontDescriptor 8 0 R>>",
        stream("/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
               "1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
               "1 beginbfrange <0000> <FFFF> <0000> endbfrange\nendcmap end end"),
        "<</Type/FontDescriptor/FontName/Any/Flags 4/Ascent 880/Descent -120/CapHeight 700/ItalicAngle 0/StemV 80"
        "/FontBBox[0 -120 1000 880]>>"};
    all.insert(all.end(), objects.begin(), objects.end());
    std::string kids;
    for (const Page& page : pages_) {
      all.push_back(stream(page.content));
      const std::size_t content = all.size();
      std::string annotations;
      for (const std::string& annotation : page.annotations) {
        all.push_back(annotation);
        annotations += fmt::format("{} 0 R ", all.size());
      }
      all.push_back(
          fmt::format("<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents {} 0 R/Annots[{}]{}"
                      "/Resources<</Font<</F 3 0 R/B 4 0 R/K 5 0 R{}>>{}>>>>",
                      content, annotations, page.entries, fonts, resources));
      kids += fmt::format("{} 0 R ", all.size());
    }
    all.push_back(fmt::format("<<{}>>", info));
    all[0] = fmt::format("<</Type/Catalog/Pages 2 0 R{}>>", catalog);
    all[1] = fmt::format("<</Type/Pages/Kids[{}]/Count {}>>", kids, pages_.size());

    std::string out = "%PDF-1.7\n", table = fmt::format("xref\n0 {}\n0000000000 65535 f \n", all.size() + 1);
    for (std::size_t i = 0; i < all.size(); ++i) {
      table += fmt::format("{:010} 00000 n \n", out.size());
      out += fmt::format("{} 0 obj\n{}\nendobj\n", i + 1, all[i]);
    }
    const std::size_t start = out.size();
    return out + table +
           fmt::format("trailer<</Size {}/Root 1 0 R/Info {} 0 R{}>>\nstartxref\n{}\n%%EOF\n", all.size() + 1,
                       all.size(), trailer, start);
  }

 private:
  static std::string stream(std::string_view bytes) {
    return fmt::format("<</Length {}>>\nstream\n{}\nendstream", bytes.size(), bytes);
  }
  static std::string wide(std::string_view text) {
    std::string hex = "<";
    for (std::size_t at = 0; at < text.size();)
      hex += fmt::format("{:04X}", static_cast<unsigned>(next_code_point(text, at)));
    return hex + ">";
  }

  std::vector<Page> pages_;
};

}  // namespace naru
