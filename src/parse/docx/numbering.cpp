// The labels of lists (ECMA-376, 17.9): which number a paragraph has, and how its language writes it.
#include <algorithm>

#include "base/ascii.h"
#include "parse/docx/styles.h"
#include "parse/shared/numerals.h"
#include "text/unicode.h"

namespace naru::docx {

namespace {

constexpr std::size_t kLabelBytesMax = 256;  // a label's pattern is the writer's
constexpr long long kNumberMax = 1'000'000;
constexpr long long kLettersMax = 32;  // "aaa": so many of the same letter and no more

std::string upper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

// The n-th of a row of characters, which begins anew at its end.
std::string nth(std::u32string_view row, long long value) {
  std::string out;
  append_utf8(out, row[static_cast<std::size_t>((value - 1) % static_cast<long long>(row.size()))]);
  return out;
}

std::string letters(long long value) {  // a to z, aa to zz
  const auto times = static_cast<std::size_t>(std::min((value - 1) / 26 + 1, kLettersMax));
  return std::string(times, static_cast<char>('a' + (value - 1) % 26));
}

std::string written(long long value, std::string_view format) {
  if (format == "none") return {};
  if (value < 1) return std::to_string(value);
  if (value <= kRomanMax && (format == "lowerRoman" || format == "upperRoman")) {
    const std::string roman = roman_numeral(static_cast<std::uint32_t>(value));
    return format == "lowerRoman" ? lower_ascii(roman) : roman;
  }
  if (format == "lowerLetter") return letters(value);
  if (format == "upperLetter") return upper(letters(value));
  if (format == "decimalZero") return (value < 10 ? "0" : "") + std::to_string(value);
  if (format == "ganada") return nth(U"가나다라마바사아자차카타파하", value);
  if (format == "chosung") return nth(U"ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ", value);
  if (format == "decimalEnclosedCircle" && value <= 20) return nth(U"①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳", value);
  if (value <= 10) {
    if (format == "koreanDigital" || format == "koreanCounting") return nth(U"일이삼사오육칠팔구십", value);
    if (format == "ideographTraditional") return nth(U"甲乙丙丁戊己庚辛壬癸", value);
    if (format.ends_with("Counting") || format == "ideographDigital") return nth(U"一二三四五六七八九十", value);
  }
  return std::to_string(value);
}

std::size_t level_index(const pugi::xml_node& node) { return static_cast<std::size_t>(number(node, "ilvl", -1)); }

long long start_of(const pugi::xml_node& node) { return std::clamp<long long>(number(node, "val", 1), 0, kNumberMax); }

}  // namespace

void Numbering::read_level(const pugi::xml_node& node, Level& level) {
  if (const pugi::xml_node at = child(node, "numFmt")) level.format = attribute(at, "val");
  if (const pugi::xml_node at = child(node, "lvlText")) level.text = attribute(at, "val");
  if (const pugi::xml_node at = child(node, "start")) level.start = start_of(at);
  if (child(node, "isLgl")) level.legal = true;
}

Numbering::Numbering(const XmlTree* numbering) {
  if (numbering == nullptr) return;
  std::map<std::string, Levels, std::less<>> abstracts;
  for (const pugi::xml_node& node : numbering->root().children()) {
    if (local_name(node) == "abstractNum") {
      Levels& levels = abstracts[std::string(attribute(node, "abstractNumId"))];
      for (const pugi::xml_node& at : node.children()) {
        if (local_name(at) == "lvl" && level_index(at) < kListLevels) read_level(at, levels[level_index(at)]);
      }
    } else if (local_name(node) == "num") {
      List& list = lists_[std::string(attribute(node, "numId"))];
      list.abstract = attribute(child(node, "abstractNumId"), "val");
      if (const auto found = abstracts.find(list.abstract); found != abstracts.end()) list.levels = found->second;
      for (const pugi::xml_node& at : node.children()) {
        if (local_name(at) != "lvlOverride" || level_index(at) >= kListLevels) continue;
        if (const pugi::xml_node level = child(at, "lvl")) read_level(level, list.levels[level_index(at)]);
        if (const pugi::xml_node start = child(at, "startOverride")) list.restarts[level_index(at)] = start_of(start);
      }
    }
  }
}

std::optional<std::string> Numbering::next(const NumberingUse& use) {
  if (!use.list || *use.list == "0") return std::nullopt;
  const auto found = lists_.find(*use.list);
  if (found == lists_.end()) return std::nullopt;
  List& list = found->second;
  auto& counts = counts_[list.abstract];
  if (!list.started) {
    list.started = true;
    for (const auto& [index, start] : list.restarts) {
      list.levels[index].start = start;
      counts[index].reset();
    }
  }
  const std::size_t at = use.level.value_or(0);
  counts[at] = counts[at] ? std::min(*counts[at] + 1, kNumberMax) : list.levels[at].start;
  for (std::size_t deeper = at + 1; deeper < kListLevels; ++deeper) counts[deeper].reset();
  const Level& level = list.levels[at];
  if (level.format == "bullet" || level.format == "none") return std::string();
  std::string label;
  for (std::size_t i = 0; i < level.text.size() && label.size() < kLabelBytesMax; ++i) {
    const char next = i + 1 < level.text.size() ? level.text[i + 1] : '\0';
    if (level.text[i] != '%' || next < '1' || next > '9') {
      label += level.text[i];
      continue;
    }
    ++i;
    const auto which = static_cast<std::size_t>(next - '1');
    if (!counts[which]) counts[which] = list.levels[which].start;
    label += written(*counts[which], level.legal ? "decimal" : std::string_view(list.levels[which].format));
  }
  return fold_white_space(label);
}

}  // namespace naru::docx
