// The drawings of OfficePackage's header: charts, diagrams, formulas, and the text in shapes.
#include <algorithm>

#include "parse/shared/office_package.h"
#include "parse/shared/table.h"
#include "text/unicode.h"

namespace naru {

namespace {

constexpr std::size_t kChartPointsMax = 10'000;  // of a series; a chart of more is a sheet, and stands there

// Every element of that name below, in order; what lies in a Fallback is there for older readers and is not looked at.
template <class Visit>
void each(const pugi::xml_node& node, std::string_view name, const Visit& visit) {
  for (const pugi::xml_node& at : node.children()) {
    if (local_name(at) == "Fallback") continue;
    if (local_name(at) == name)
      visit(at);
    else
      each(at, name, visit);
  }
}

std::string drawn_paragraphs(const pugi::xml_node& node) {
  std::string text;
  each(node, "p", [&](const pugi::xml_node& paragraph) {
    const std::string line = drawing_text(paragraph);
    if (!text.empty() && !line.empty()) text += '\n';
    text += line;
  });
  return text;
}

// The cached values of a series' names, categories or numbers, by their index.
std::vector<std::string> points(const pugi::xml_node& source) {
  std::vector<std::string> values;
  each(source, "pt", [&](const pugi::xml_node& point) {
    const auto index =
        static_cast<std::size_t>(std::max(0LL, number(point, "idx", static_cast<long long>(values.size()))));
    if (index >= kChartPointsMax) return;
    if (values.size() <= index) values.resize(index + 1);
    std::string& value = values[index];
    if (!value.empty()) value += ' ';  // levels of a category
    value += text_of(child(point, "v"));
  });
  return values;
}

void append_formula(const pugi::xml_node& node, std::string& out);

std::string part_of(const pugi::xml_node& node, std::string_view name) {
  std::string out;
  append_formula(child(node, name), out);
  return out;
}

std::string in_brackets(const std::string& part) {
  std::size_t at = 0;
  if (!part.empty()) (void)next_code_point(part, at);
  return at == part.size() ? part : "(" + part + ")";
}

// The sign that a property element names, else the usual one.
std::string sign(const pugi::xml_node& node, std::string_view properties, std::string_view name, const char* usual) {
  const pugi::xml_node found = child(child(node, properties), name);
  return found ? std::string(attribute(found, "val")) : usual;
}

bool append_structure(const pugi::xml_node& node, std::string_view name, std::string& out) {
  const auto script = [&](std::string_view which, const char* mark) {
    const std::string text = part_of(node, which);
    if (!text.empty()) out += mark + in_brackets(text);
  };
  if (name == "f") {
    out += in_brackets(part_of(node, "num")) + "/" + in_brackets(part_of(node, "den"));
  } else if (name == "sSup" || name == "sSub" || name == "sSubSup" || name == "limLow" || name == "limUpp") {
    out += part_of(node, "e");
    script("sub", "_");
    script("sup", "^");
    script("lim", name == "limLow" ? "_" : "^");
  } else if (name == "rad") {
    out += part_of(node, "deg") + "√" + in_brackets(part_of(node, "e"));
  } else if (name == "nary") {
    out += sign(node, "naryPr", "chr", "∫");
    script("sub", "_");
    script("sup", "^");
    out += " " + part_of(node, "e");
  } else if (name == "d") {
    out += sign(node, "dPr", "begChr", "(");
    bool first = true;
    for (const pugi::xml_node& at : node.children()) {
      if (local_name(at) != "e") continue;
      if (!first) out += sign(node, "dPr", "sepChr", "|");
      first = false;
      append_formula(at, out);
    }
    out += sign(node, "dPr", "endChr", ")");
  } else {
    return false;
  }
  return true;
}

void append_formula(const pugi::xml_node& node, std::string& out) {
  for (const pugi::xml_node& at : node.children()) {
    const std::string_view name = local_name(at);
    if (name == "t") {
      out += text_of(at);
    } else if (name == "mr" || name == "oMath") {  // a row of a matrix; a formula of several
      if (!out.empty()) out += ' ';
      append_formula(at, out);
    } else if (!append_structure(at, name, out)) {
      append_formula(at, out);
    }
  }
}

}  // namespace

pugi::xml_node chosen_alternative(const pugi::xml_node& node) {
  if (local_name(node) != "AlternateContent") return {};
  const pugi::xml_node choice = child(node, "Choice");
  return choice ? choice : child(node, "Fallback");
}

std::string formula_text(const pugi::xml_node& formula) {
  std::string out;
  append_formula(formula, out);
  return out;
}

std::string without_optional_hyphens(std::string_view text) {
  constexpr std::string_view kHyphen = "\xc2\xad";  // U+00AD
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(kHyphen, at), text.size());
    out.append(text, at, end - at);
    at = end + kHyphen.size();
  }
  return out;
}

std::string drawing_text(const pugi::xml_node& paragraph) {
  std::string text;
  for (const pugi::xml_node& at : paragraph.children()) {
    const std::string_view name = local_name(at);
    if (name == "r" || name == "fld")
      text += text_of(child(at, "t"));
    else if (name == "br")
      text += '\n';
    else if (name == "m" || name == "oMath" || name == "oMathPara")
      text += formula_text(at);
    else if (const pugi::xml_node chosen = chosen_alternative(at))
      text += drawing_text(chosen);
  }
  return without_optional_hyphens(text);
}

std::vector<Block> chart_blocks(const XmlTree& chart) {
  std::vector<Block> blocks;
  each(chart.root(), "title", [&](const pugi::xml_node& title) {
    Block block;
    block.kind = BlockKind::caption;
    block.text = drawn_paragraphs(title);
    if (!block.text.empty()) blocks.push_back(std::move(block));
  });
  struct Series {
    std::string name;
    std::vector<std::string> values;
  };
  std::vector<std::string> categories;
  std::vector<Series> all;
  std::size_t rows = 0;
  each(chart.root(), "ser", [&](const pugi::xml_node& series) {
    std::vector<std::string> names = points(child(series, "tx"));
    if (names.empty()) names.emplace_back(text_of(child(child(series, "tx"), "v")));
    std::vector<std::string> values = points(child(series, "val"));
    if (values.empty()) values = points(child(series, "yVal"));
    std::vector<std::string> here = points(child(series, "cat"));
    if (here.empty()) here = points(child(series, "xVal"));
    if (here.size() > categories.size()) categories = std::move(here);
    rows = std::max({rows, values.size(), categories.size()});
    all.push_back({std::move(names.front()), std::move(values)});
  });
  TableGrid grid;
  grid.start_row(true);
  grid.add("");
  for (const Series& series : all) grid.add(series.name);
  for (std::size_t r = 0; r < rows; ++r) {
    grid.start_row();
    grid.add(r < categories.size() ? categories[r] : "");
    for (const Series& series : all) grid.add(r < series.values.size() ? series.values[r] : "");
  }
  Block table = grid.finish();
  if (!table.cells.empty()) blocks.push_back(std::move(table));
  return blocks;
}

std::vector<Block> diagram_blocks(const XmlTree& data) {
  std::vector<Block> blocks;
  each(data.root(), "pt", [&](const pugi::xml_node& point) {
    Block block;
    block.kind = BlockKind::list_item;
    block.level = 1;
    block.text = drawn_paragraphs(point);
    if (!block.text.empty()) blocks.push_back(std::move(block));
  });
  return blocks;
}

}  // namespace naru
