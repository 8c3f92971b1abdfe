// Office documents made part by part, for tests: right ones, and by the parts wrong ones. For tests only.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/zip_testing.h"

namespace naru::testing {

// Parts by name; relationships are given as "type target" and numbered rId1, rId2, ... in their order.
struct OfficeFile {
  std::map<std::string, std::string> parts;
  std::map<std::string, std::vector<std::string>> relationships;  // of a part; of "" for the package

  // `stored`: the same bytes with every release of zlib.
  std::string zip(bool stored = false) const {
    std::vector<ZipFile> files{{"[Content_Types].xml", "<Types/>"}};
    for (const auto& [part, list] : relationships) {
      std::string xml = "<Relationships>";
      for (std::size_t i = 0; i < list.size(); ++i) {
        const std::size_t blank = list[i].find(' ');
        xml += "<Relationship Id='rId" + std::to_string(i + 1) + "' Type='http://schemas.example/relationships/" +
               list[i].substr(0, blank) + "' Target='" + list[i].substr(blank + 1) + "'/>";
      }
      const std::size_t name = part.rfind('/') == std::string::npos ? 0 : part.rfind('/') + 1;
      files.push_back({part.substr(0, name) + "_rels/" + part.substr(name) + ".rels", xml + "</Relationships>"});
    }
    for (const auto& [name, xml] : parts) files.push_back({name, xml});
    for (ZipFile& file : files) file.stored = stored;
    return make_zip(files);
  }
};

inline constexpr const char* kOfficeCore =
    "<cp:coreProperties><dc:title>나루 안내</dc:title><dc:creator>Kim</dc:creator>"
    "<dcterms:created>2024-03-01T09:00:00Z</dcterms:created></cp:coreProperties>";

// A Word document of this body; `more` are its further parts by type ("styles", "numbering", "footnotes", "header").
inline OfficeFile word_file(const std::string& body, const std::map<std::string, std::string>& more = {}) {
  OfficeFile file;
  file.relationships[""] = {"officeDocument word/document.xml", "core-properties docProps/core.xml"};
  file.parts["docProps/core.xml"] = kOfficeCore;
  file.parts["word/document.xml"] = "<?xml version='1.0'?><w:document><w:body>" + body + "</w:body></w:document>";
  for (const auto& [type, xml] : more) {
    file.relationships["word/document.xml"].push_back(type + " " + type + ".xml");
    file.parts["word/" + type + ".xml"] = xml;
  }
  return file;
}

inline std::string word_paragraph(const std::string& text, const std::string& properties = "") {
  return "<w:p><w:pPr>" + properties + "</w:pPr><w:r><w:t xml:space='preserve'>" + text + "</w:t></w:r></w:p>";
}
inline std::string word_style(const std::string& id) { return "<w:pStyle w:val='" + id + "'/>"; }
inline std::string word_cell(const std::string& text, const std::string& properties = "") {
  return "<w:tc><w:tcPr>" + properties + "</w:tcPr>" + word_paragraph(text) + "</w:tc>";
}

// A presentation of these shape trees, one a slide.
inline OfficeFile presentation_file(const std::vector<std::string>& trees) {
  OfficeFile file;
  file.relationships[""] = {"officeDocument ppt/presentation.xml", "core-properties docProps/core.xml"};
  file.parts["docProps/core.xml"] = kOfficeCore;
  std::string list;
  for (std::size_t i = 0; i < trees.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    file.relationships["ppt/presentation.xml"].push_back("slide slides/slide" + number + ".xml");
    list += "<p:sldId id='" + std::to_string(256 + i) + "' r:id='rId" + number + "'/>";
    file.parts["ppt/slides/slide" + number + ".xml"] =
        "<p:sld><p:cSld><p:spTree>" + trees[i] + "</p:spTree></p:cSld></p:sld>";
  }
  file.parts["ppt/presentation.xml"] = "<p:presentation><p:sldIdLst>" + list + "</p:sldIdLst></p:presentation>";
  return file;
}

// A shape with an id at a place (EMU); `placeholder` is "<p:ph .../>" or nothing.
inline std::string slide_shape(int id, long long x, long long y, const std::string& text,
                               const std::string& placeholder = "") {
  return "<p:sp><p:nvSpPr><p:cNvPr id='" + std::to_string(id) + "' name='x'/><p:nvPr>" + placeholder +
         "</p:nvPr></p:nvSpPr><p:spPr><a:xfrm><a:off x='" + std::to_string(x) + "' y='" + std::to_string(y) +
         "'/></a:xfrm></p:spPr><p:txBody><a:p><a:r><a:t>" + text + "</a:t></a:r></a:p></p:txBody></p:sp>";
}

// A workbook of sheets by name, each the inside of <worksheet>; `strings` and `formats` are shared.
inline OfficeFile workbook_file(const std::vector<std::pair<std::string, std::string>>& sheets,
                                const std::vector<std::string>& strings = {},
                                const std::vector<std::string>& formats = {}) {
  OfficeFile file;
  file.relationships[""] = {"officeDocument xl/workbook.xml", "core-properties docProps/core.xml"};
  file.parts["docProps/core.xml"] = kOfficeCore;
  std::string list;
  for (std::size_t i = 0; i < sheets.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    file.relationships["xl/workbook.xml"].push_back("worksheet worksheets/sheet" + number + ".xml");
    list += "<sheet name='" + sheets[i].first + "' sheetId='" + number + "' r:id='rId" + number + "'/>";
    file.parts["xl/worksheets/sheet" + number + ".xml"] = "<worksheet>" + sheets[i].second + "</worksheet>";
  }
  file.parts["xl/workbook.xml"] = "<workbook><sheets>" + list + "</sheets></workbook>";
  file.relationships["xl/workbook.xml"].push_back("sharedStrings sharedStrings.xml");
  file.relationships["xl/workbook.xml"].push_back("styles styles.xml");
  std::string all;
  for (const std::string& string : strings) all += "<si>" + string + "</si>";
  file.parts["xl/sharedStrings.xml"] = "<sst>" + all + "</sst>";
  std::string custom, uses = "<xf numFmtId='0'/>";
  for (std::size_t i = 0; i < formats.size(); ++i) {
    const std::string id = std::to_string(164 + i);
    custom += "<numFmt numFmtId='" + id + "' formatCode='" + formats[i] + "'/>";
    uses += "<xf numFmtId='" + id + "'/>";
  }
  file.parts["xl/styles.xml"] =
      "<styleSheet><numFmts>" + custom + "</numFmts><cellXfs>" + uses + "</cellXfs></styleSheet>";
  return file;
}

}  // namespace naru::testing
