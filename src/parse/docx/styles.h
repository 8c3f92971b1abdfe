// What a paragraph is by its style and its numbering: heading, list item, caption, quote or plain.
//
// Styles are followed along their based-on chains, names in the languages that writers localise them to included.
// Numbering counts as Word does: a level restarts when one above it goes on. Lives on a parser's stack; one thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "naru/record.h"
#include "parse/shared/xml.h"

namespace naru::docx {

inline constexpr std::size_t kListLevels = 9;  // ilvl is 0..8

struct NumberingUse {
  std::optional<std::string> list;  // numId; "0" takes a paragraph out of its style's list
  std::optional<std::size_t> level;
};

struct Style {
  std::string based_on;
  std::optional<std::uint32_t> outline;  // 1..9; 0: body text
  std::optional<BlockKind> kind;
  NumberingUse numbering;
};

class Styles {
 public:
  // `styles` may be null: then identifiers that are names ("Heading1") still say what they are.
  explicit Styles(const XmlTree* styles);
  // Of a paragraph's properties (w:pPr, may be null), its style's chain included.
  Style of(const pugi::xml_node& properties) const;
  // Is the text of a run with these properties (w:rPr, may be null) hidden, by itself or by its style?
  bool hides(const pugi::xml_node& run_properties) const;

 private:
  // Of runs: what a style says of hiding, if anything, and which one it is based on.
  struct RunStyle {
    std::string based_on;
    std::optional<bool> hidden;
  };
  std::map<std::string, Style, std::less<>> styles_;
  std::map<std::string, RunStyle, std::less<>> run_styles_;
  std::string default_;
};

class Numbering {
 public:
  explicit Numbering(const XmlTree* numbering);
  // Counts the paragraph and gives its label ("2.1.", "가)"), "" for a bullet; nothing: it is in no list.
  std::optional<std::string> next(const NumberingUse& use);

 private:
  struct Level {
    std::string format = "decimal", text = "%1.";
    long long start = 1;
    bool legal = false;  // all numbers as digits
  };
  using Levels = std::array<Level, kListLevels>;
  struct List {
    std::string abstract;
    Levels levels;
    std::map<std::size_t, long long> restarts;  // where the first use of this list begins anew
    bool started = false;
  };
  static void read_level(const pugi::xml_node& node, Level& level);

  std::map<std::string, List, std::less<>> lists_;
  std::map<std::string, std::array<std::optional<long long>, kListLevels>> counts_;  // by abstract list
};

}  // namespace naru::docx
