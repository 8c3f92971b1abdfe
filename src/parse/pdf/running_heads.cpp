#include "parse/pdf/running_heads.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace naru::pdf {

namespace {

constexpr float kEdge = 0.1F;                  // of the page's height: a text set with margins of an inch stays inside
constexpr std::uint32_t kCharactersMax = 160;  // a head is a line or two
constexpr std::uint32_t kLinesMax = 3;
constexpr std::size_t kPagesOfText = 3;    // twice may be chance: a letter's name and date
constexpr std::size_t kPagesOfNumber = 2;  // numbers that run with the pages are none
constexpr std::size_t kNumberDigitsMax = 5;
constexpr std::string_view kHeader = "header", kFooter = "footer";

std::string_view edge_of(const PageBlock& block) {
  const Locator& place = block.block.locator;
  if (block.lines == 0 || block.lines > kLinesMax || block.characters > kCharactersMax) return {};
  if (!place.page_size || place.boxes.empty() || block.block.kind == BlockKind::table) return {};
  Box area = place.boxes.front();
  for (const Box& box : place.boxes) area = around(area, box);
  if (area.y1 <= place.page_size->height * kEdge) return kHeader;
  if (area.y0 >= place.page_size->height * (1 - kEdge)) return kFooter;
  return {};
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// What stays the same from page to page: each number is '#'.
std::string without_numbers(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_digit(text[i])) {
      out += text[i];
    } else if (out.empty() || out.back() != '#') {
      out += '#';
    }
  }
  return out;
}

// "12", "- 12 -", "Page 12", "12 / 40", "12쪽": the first number, where nothing but a page's words stands beside it.
std::optional<long> page_number(std::string_view text) {
  static const std::set<std::string, std::less<>> kForms = {
      "#",           "- # -",   "-#-",           "– # –",     "— # —",    "[#]",        "(#)",
      "#/#",         "# / #",   "Page #",        "page #",    "PAGE #",   "p. #",       "# of #",
      "#쪽",         "# 쪽",    "#페이지",       "- # / # -", "Page #/#", "Page # / #", "Page # of #",
      "page # of #", "Seite #", "Seite # von #", "- #/# -",   "제#쪽"};
  if (kForms.find(without_numbers(text)) == kForms.end()) return std::nullopt;
  std::size_t at = static_cast<std::size_t>(std::find_if(text.begin(), text.end(), is_digit) - text.begin());
  if (at == text.size()) return std::nullopt;  // a number sign of its own
  long number = 0;
  for (std::size_t digits = 0; at < text.size() && is_digit(text[at]); ++at) {
    if (++digits > kNumberDigitsMax) return std::nullopt;
    number = number * 10 + (text[at] - '0');
  }
  return number;
}

struct Edge {
  std::string_view part;     // empty: not at an edge
  std::string key;           // of a text
  std::optional<long> lead;  // of a page number: how far it is before the page's own
};

}  // namespace

std::vector<PageBlock> set_apart_running_heads(std::vector<PageBlock> blocks) {
  std::vector<Edge> edges(blocks.size());
  std::map<std::string, std::set<std::uint32_t>> pages_of_text;
  std::map<std::pair<std::string_view, long>, std::set<std::uint32_t>> pages_of_lead;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    Edge& edge = edges[i];
    edge.part = edge_of(blocks[i]);
    if (edge.part.empty()) continue;
    const std::uint32_t page = blocks[i].block.locator.page.value_or(0);
    edge.key = std::string(edge.part) + without_numbers(blocks[i].block.text);
    if (const std::optional<long> number = page_number(blocks[i].block.text)) {
      edge.lead = *number - static_cast<long>(page);
      pages_of_lead[{edge.part, *edge.lead}].insert(page);
    } else {
      pages_of_text[edge.key].insert(page);
    }
  }

  const auto runs = [&](const Edge& edge) {
    if (edge.part.empty()) return false;
    return edge.lead ? pages_of_lead[{edge.part, *edge.lead}].size() >= kPagesOfNumber
                     : pages_of_text[edge.key].size() >= kPagesOfText;
  };
  // Slides and forms that hold nothing else are their text.
  if (std::all_of(edges.begin(), edges.end(), runs)) return blocks;

  std::vector<PageBlock> text, heads, repeated;
  std::set<std::string> said;
  text.reserve(blocks.size());
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const bool is_head = runs(edges[i]);
    if (is_head) {
      blocks[i].block.kind = BlockKind::paragraph;
      blocks[i].block.level = 0;
      blocks[i].role = Role::none;
      blocks[i].block.locator.part = edges[i].part;
    }
    const bool is_new = is_head && !edges[i].lead && said.insert(edges[i].key).second;
    (!is_head ? text : is_new ? heads : repeated).push_back(std::move(blocks[i]));
  }
  std::move(heads.begin(), heads.end(), std::back_inserter(text));
  std::move(repeated.begin(), repeated.end(), std::back_inserter(text));
  return text;
}

}  // namespace naru::pdf
