// The markup of HWPX (OWPML) and HWPML as the common model. They differ in the names of elements and attributes and in
// nothing else that is read here, so one reader knows both.
//
// A MarkupReader borrows its head and lives on a parser's stack; one thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "parse/hwp/model.h"
#include "parse/shared/xml.h"

namespace naru::hwp {

// What paragraphs refer to, by the ids that they use.
struct MarkupHead {
  std::map<long long, ParagraphShape> shapes;
  std::map<long long, std::string> styles;
  std::map<long long, std::uint32_t> numbering_ids;  // to an index into `numberings`
  std::vector<Numbering> numberings;
};

// Looks through header.xml or HWPML's HEAD.
MarkupHead read_markup_head(const pugi::xml_node& root);

class MarkupReader {
 public:
  explicit MarkupReader(const MarkupHead& head) : head_(head) {}

  // Of a section's element, or of another list of paragraphs (a master page).
  Section section(const pugi::xml_node& node);
  // True: something was nested too deep.
  bool left_out() const { return left_out_; }

 private:
  std::vector<Paragraph> paragraphs(const pugi::xml_node& list, std::size_t depth);
  // Paragraphs of all lists anywhere below, in order.
  void gather(const pugi::xml_node& node, std::size_t depth, std::vector<Paragraph>& out);
  Paragraph paragraph(const pugi::xml_node& node, std::size_t depth);
  void run(const pugi::xml_node& node, std::size_t depth, Paragraph& out);
  void element(const pugi::xml_node& node, std::size_t depth, Paragraph& out);
  void text(const pugi::xml_node& node, Paragraph& out);
  void table(const pugi::xml_node& node, std::size_t depth, Paragraph& out);
  void drawing(const pugi::xml_node& node, std::size_t depth, Paragraph& out);
  // Captions and descriptions anywhere below an object, but not in its paragraphs.
  void attachments(const pugi::xml_node& node, std::size_t depth, Object& object, Paragraph& out);

  const MarkupHead& head_;
  std::uint32_t outline_numbering_ = kNoNumbering;
  bool deleted_ = false;  // between the marks of a deletion that was tracked
  bool left_out_ = false;
};

}  // namespace naru::hwp
