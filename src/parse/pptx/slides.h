// SlideReader: one slide's shapes as blocks in reading order, then its notes and comments.
//
// The title first, then what lies higher, then what lies further left; date, footer and number last. A shape without a
// place of its own has that of its placeholder in the layout. Shapes of a group stay together. The locator: `slide`
// from 1 and `shape`, its id in the slide's part. Lives on a parser's stack; one thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "parse/shared/blocks.h"
#include "parse/shared/office_package.h"

namespace naru::pptx {

class SlideReader {
 public:
  SlideReader(OfficePackage& package, BlockList& blocks) : package_(package), blocks_(blocks) {}
  // `hidden`: the slide is not shown.
  void read(const std::string& part, std::uint32_t number, bool* hidden);
  void set_authors(std::map<std::string, std::string> authors) { authors_ = std::move(authors); }

 private:
  struct Place {
    long long x = 0, y = 0;  // in EMU, 914,400 an inch
    bool known = false;
  };
  struct Shape {
    pugi::xml_node node;
    std::string placeholder;  // "title", "body", "ftr"; "" for other shapes
    bool is_placeholder = false;
    int rank = 0;
    Place place;
  };

  void shapes_of(const pugi::xml_node& tree);
  Shape describe(const pugi::xml_node& node) const;
  void shape(const Shape& shape);
  void text_of_shape(const pugi::xml_node& body, const Shape& shape);
  void frame(const pugi::xml_node& node);
  void table(const pugi::xml_node& node);
  void write(Block block);
  void write_all(std::vector<Block> blocks);
  void notes(const std::string& part);
  void comments(const std::string& part);
  void read_layout(const std::string& part);

  OfficePackage& package_;
  BlockList& blocks_;
  std::map<std::string, Relationship> relationships_;
  std::map<std::string, Place> layout_;  // of placeholders, by type and by index
  std::map<std::string, std::string> authors_;
  Locator here_;
};

}  // namespace naru::pptx
