// From a JsonShape to GBNF, llama.cpp's grammars: a rule for each node, written with ", " and ": " between the parts.
// Source of the form: llama.cpp, grammars/README.md.
#include <fmt/format.h>

#include "model/json_shape.h"

namespace naru {

namespace {

// Texts, numbers and what any value is made of. Numbers have no exponent, and no more digits than a double holds.
constexpr std::string_view kCommon = R"gbnf(text ::= "\"" char* "\""
char ::= [^"\\\x00-\x1F\x7F] | "\\" ["\\/bfnrt]
whole ::= "0" | [1-9] [0-9]{0,14}
fraction ::= "." [0-9]{0,14} [1-9]
number ::= "-"? whole fraction?
any ::= "null" | "true" | "false" | number | text | list | object
list ::= "[" (any (", " any)*)? "]"
object ::= "{" (text ": " any (", " text ": " any)*)? "}"
)gbnf";

constexpr std::string_view kDate =
    "[0-9]{4} \"-\" ((\"0\" [13578] | \"1\" [02]) \"-\" (\"0\" [1-9] | [12] [0-9] | \"3\" [01]) | "
    "(\"0\" [469] | \"11\") \"-\" (\"0\" [1-9] | [12] [0-9] | \"30\") | "
    "\"02-\" (\"0\" [1-9] | \"1\" [0-9] | \"2\" [0-8]))";
constexpr std::string_view kTime = "([01] [0-9] | \"2\" [0-3]) \":\" [0-5] [0-9] \":\" [0-5] [0-9] \"Z\"";
constexpr std::string_view kUuid =
    "[0-9a-f]{8} \"-\" [0-9a-f]{4} \"-\" [0-9a-f]{4} \"-\" [0-9a-f]{4} \"-\" [0-9a-f]{12}";

constexpr std::size_t kDigitsMax = 15;

std::string literal(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + "\"";
}

std::string repeated(std::string_view what, std::uint64_t least, std::optional<std::uint64_t> most) {
  if (!most) return fmt::format("{}{{{},}}", what, least);
  if (*most == 0) return "\"\"";
  return fmt::format("{}{{{},{}}}", what, least, *most);
}

std::string digits(std::size_t count) { return count == 0 ? "" : fmt::format(" [0-9]{{{}}}", count); }

// Numbers of one length between two of that length: the digits that both begin with, then one side at a time.
void add_between(const std::string& front, std::string_view low, std::string_view high, std::vector<std::string>& out) {
  std::size_t same = 0;
  while (same < low.size() && low[same] == high[same]) ++same;
  const std::string begin = front + std::string(low.substr(0, same));
  if (same == low.size()) {
    out.push_back(literal(begin));
    return;
  }
  const std::size_t behind = low.size() - same - 1;
  const bool low_round = low.substr(same + 1).find_first_not_of('0') == std::string_view::npos;
  const bool high_round = high.substr(same + 1).find_first_not_of('9') == std::string_view::npos;
  char from = low[same], to = high[same];
  if (!low_round) {
    add_between(begin + from, low.substr(same + 1), std::string(behind, '9'), out);
    ++from;
  }
  if (!high_round) --to;
  if (from <= to) {
    const std::string lead = begin.empty() ? "" : literal(begin) + " ";
    out.push_back(fmt::format("{}[{}-{}]{}", lead, from, to, digits(behind)));
  }
  if (!high_round) add_between(begin + high[same], std::string(behind, '0'), high.substr(same + 1), out);
}

// Whole numbers from `low` to `high`; no upper bound where there is none.
std::vector<std::string> between(std::uint64_t low, std::optional<std::uint64_t> high) {
  std::vector<std::string> out;
  if (high && *high < low) return out;
  std::string from = std::to_string(low);
  const std::string to = high ? std::to_string(*high) : std::string(kDigitsMax, '9');
  for (; from.size() < to.size(); from = "1" + std::string(from.size(), '0')) {
    add_between("", from, std::string(from.size(), '9'), out);
  }
  if (from.size() == to.size()) add_between("", from, to, out);
  return out;
}

}  // namespace

class ShapeGrammar {
 public:
  explicit ShapeGrammar(const JsonShape& shape) : shape_(shape) {}

  std::string text() const {
    std::string rules = fmt::format("root ::= {}\n", name(shape_.root_));
    for (std::size_t i = 0; i < shape_.nodes_.size(); ++i) rules += rules_of(i);
    return rules + std::string(kCommon);
  }

 private:
  using Kind = JsonShape::Kind;
  using Node = JsonShape::Node;

  static std::string name(std::size_t node) { return fmt::format("n{}", node); }

  std::string rules_of(std::size_t index) const {
    const Node& node = shape_.nodes_[index];
    if (node.kind == Kind::object) return object_rules(index);
    return fmt::format("{} ::= {}\n", name(index), body_of(node));
  }

  std::string body_of(const Node& node) const {
    switch (node.kind) {
      case Kind::any: return "any";
      case Kind::null: return "\"null\"";
      case Kind::boolean: return "\"true\" | \"false\"";
      case Kind::literal: return literal(to_line(node.literal));
      case Kind::string: return string_body(node);
      case Kind::integer:
      case Kind::number: return number_body(node);
      case Kind::array: return array_body(node);
      case Kind::map: return map_body(node);
      case Kind::object: break;  // has rules of its own
      case Kind::choice: {
        std::vector<std::string> names;
        for (const std::size_t one : node.nodes) names.push_back(name(one));
        return fmt::format("{}", fmt::join(names, " | "));
      }
    }
    return "any";
  }

  static std::string string_body(const Node& node) {
    switch (node.format) {
      case JsonShape::Format::date: return fmt::format("\"\\\"\" {} \"\\\"\"", kDate);
      case JsonShape::Format::time: return fmt::format("\"\\\"\" {} \"\\\"\"", kTime);
      case JsonShape::Format::date_time: return fmt::format("\"\\\"\" {} \"T\" {} \"\\\"\"", kDate, kTime);
      case JsonShape::Format::uuid: return fmt::format("\"\\\"\" {} \"\\\"\"", kUuid);
      case JsonShape::Format::none: break;
    }
    if (node.least == 0 && !node.most) return "text";
    return fmt::format("\"\\\"\" {} \"\\\"\"", repeated("char", node.least, node.most));
  }

  // The numbers on one side of nought, by their size: [low, high], and what has a fraction between them.
  static void add_side(const std::string& sign, std::uint64_t low, bool above_low, std::optional<std::uint64_t> high,
                       bool below_high, bool whole, std::vector<std::string>& out) {
    const std::optional<std::uint64_t> last = high && below_high ? std::optional(*high - 1) : high;
    if (!(high && below_high && *high == 0)) {
      for (const std::string& one : between(low + (above_low ? 1 : 0), last)) out.push_back(sign + one);
    }
    if (whole || (high && *high == 0)) return;
    const std::optional<std::uint64_t> before = high ? std::optional(*high - 1) : high;
    for (const std::string& one : between(low, before)) out.push_back(sign + one + " fraction");
  }

  static std::string number_body(const Node& node) {
    const bool whole = node.kind == Kind::integer;
    if (!node.lower && !node.upper) return whole ? "\"-\"? whole" : "number";
    std::vector<std::string> out;
    if (!node.upper || *node.upper >= 0) {
      const bool from_bound = node.lower && *node.lower >= 0;
      const auto low = from_bound ? static_cast<std::uint64_t>(*node.lower) : 0;
      const auto high = node.upper ? std::optional(static_cast<std::uint64_t>(*node.upper)) : std::nullopt;
      add_side("", low, from_bound && node.above_lower, high, node.below_upper, whole, out);
    }
    if (!node.lower || *node.lower < 0) {
      // By their size: what is below nought goes from -upper to -lower.
      const bool from_bound = node.upper && *node.upper <= 0;
      const auto low = from_bound ? static_cast<std::uint64_t>(-*node.upper) : 0;
      const auto high = node.lower ? std::optional(static_cast<std::uint64_t>(-*node.lower)) : std::nullopt;
      const bool nought = low == 0;  // "-0" is left to the other side
      add_side("\"-\" ", low, nought || (from_bound && node.below_upper), high, node.above_lower, whole, out);
    }
    return fmt::format("{}", fmt::join(out, " | "));
  }

  std::string array_body(const Node& node) const {
    // From the back: each member may be the last one as soon as there are enough.
    std::string behind;
    const std::uint64_t count = node.nodes.size();
    if (node.rest && (!node.most || *node.most > count)) {
      const std::uint64_t least = node.least > count ? node.least - count : 0;
      const auto most = node.most ? std::optional(*node.most - count) : std::nullopt;
      if (count > 0) {
        behind = " " + repeated(fmt::format("(\", \" {})", name(*node.rest)), least, most);
      } else {
        const auto further = most ? std::optional(*most - 1) : std::nullopt;
        const std::string members = fmt::format(
            "{} {}", name(*node.rest),
            repeated(fmt::format("(\", \" {})", name(*node.rest)), least > 0 ? least - 1 : 0, further));
        behind = least == 0 ? fmt::format(" ({})?", members) : " " + members;
      }
    }
    for (std::uint64_t i = count; i-- > 0;) {
      const std::string member = fmt::format("{}{}{}", i > 0 ? "\", \" " : "", name(node.nodes[i]), behind);
      behind = i < node.least ? " " + member : fmt::format(" ({})?", member);
    }
    return fmt::format("\"[\"{} \"]\"", behind);
  }

  std::string map_body(const Node& node) const {
    const std::string entry = fmt::format("text \": \" {}", name(*node.rest));
    if (node.most && *node.most == 0) return "\"{}\"";
    const auto further = node.most ? std::optional(*node.most - 1) : std::nullopt;
    const std::string entries = fmt::format("{} {}", entry, repeated(fmt::format("(\", \" {})", entry), 0, further));
    return node.least > 0 ? fmt::format("\"{{\" {} \"}}\"", entries) : fmt::format("\"{{\" ({})? \"}}\"", entries);
  }

  // Two rules a property: what may follow from it on, where something was written already and where nothing was.
  std::string object_rules(std::size_t index) const {
    const Node& node = shape_.nodes_[index];
    const std::string own = name(index);
    const std::size_t count = node.properties.size();
    std::string rules = fmt::format("{0} ::= \"{{\" {0}-0 \"}}\"\n", own);
    const auto first = [&](std::size_t i) { return fmt::format("{}-{}", own, i); };
    const auto next = [&](std::size_t i) { return fmt::format("{}-{}-next", own, i); };
    for (std::size_t i = 0; i < count; ++i) {
      const JsonShape::Property& property = node.properties[i];
      const std::string entry = fmt::format("{} {}", literal(to_line(property.name) + ": "), name(property.node));
      const std::string skip_first = property.required ? "" : " | " + first(i + 1);
      const std::string skip_next = property.required ? "" : " | " + next(i + 1);
      rules += fmt::format("{} ::= {} {}{}\n", first(i), entry, next(i + 1), skip_first);
      rules += fmt::format("{} ::= \", \" {} {}{}\n", next(i), entry, next(i + 1), skip_next);
    }
    return rules + fmt::format("{} ::= \"\"\n{} ::= \"\"\n", first(count), next(count));
  }

  const JsonShape& shape_;
};

std::string JsonShape::grammar() const { return ShapeGrammar(*this).text(); }

}  // namespace naru
