#include "parse/shared/markdown_source.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/ascii.h"
#include "text/unicode.h"

namespace naru {

namespace {

bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_name(char c) {
  return is_name_start(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == ':';
}
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

void blank_out(std::string& text, std::size_t start, std::size_t end) {
  for (std::size_t i = start; i < std::min(end, text.size()); ++i) {
    if (text[i] != '\n') text[i] = ' ';
  }
}

constexpr std::size_t kFootnoteLabelMax = 1'000;  // as the parser's of links

// Attributes whose value a reader sees.
bool is_shown_attribute(std::string_view name) { return name == "title" || name == "label" || name == "summary"; }

struct Tag {
  std::size_t end = 0;     // just behind ">"
  std::size_t looked = 0;  // bytes looked through for it in vain
  std::string name;
  bool closing = false, self_closing = false;
  std::vector<std::pair<std::size_t, std::size_t>> shown;  // values of shown attributes
};

// An HTML or JSX tag at `at`; end 0 where there is none. JSX values in braces may hold anything balanced.
Tag read_tag(std::string_view text, std::size_t at) {
  Tag tag;
  const std::size_t limit = std::min(text.size(), at + kTagBytesMax);
  std::size_t i = at + 1;
  if (i < limit && text[i] == '/') tag.closing = true, ++i;
  if (i < limit && text[i] == '>') return tag.end = i + 1, tag;  // a fragment: <> or </>
  if (i >= limit || !is_name_start(text[i])) return tag;
  while (i < limit && is_name(text[i])) tag.name += text[i++];
  if (i < limit && tag.name.find(':') != std::string::npos) return tag;  // <https://...> links to itself
  if (i < limit && text[i] == '@') return tag;
  std::string attribute;
  while (i < limit) {
    const char c = text[i];
    if (c == '>') {
      tag.self_closing = text[i - 1] == '/';
      tag.end = i + 1;
      return tag;
    }
    if (c == '<') break;
    if (c == '"' || c == '\'') {
      const std::size_t close = text.substr(0, limit).find(c, i + 1);
      if (close == std::string_view::npos) {
        i = limit;
        break;
      }
      if (is_shown_attribute(attribute) && close > i + 1) tag.shown.emplace_back(i + 1, close);
      i = close + 1;
      attribute.clear();
      continue;
    }
    if (c == '{') {
      int depth = 0;
      for (; i < limit; ++i) {
        if (text[i] == '{') ++depth;
        if (text[i] == '}' && --depth == 0) break;
      }
      if (i >= limit) break;
      ++i;
      attribute.clear();
      continue;
    }
    if (is_name_start(c) && (is_blank(text[i - 1]) || text[i - 1] == '\n')) attribute.clear();
    if (is_name(c))
      attribute += c;
    else if (c != '=')
      attribute.clear();
    ++i;
  }
  tag.looked = i - at;
  return tag;
}

bool is_void(std::string_view name) {
  static constexpr std::array<std::string_view, 8> kVoid = {"br",   "hr",   "img",    "input",
                                                            "link", "meta", "source", "wbr"};
  return std::find(kVoid.begin(), kVoid.end(), name) != kVoid.end();
}

// Takes the front matter out of `text`, in place; gives where the rest begins.
std::size_t read_front_matter(std::string& text, MarkdownSource& source) {
  const std::string_view all(text);
  const bool yaml = all.starts_with("---\n") || all.starts_with("---\r\n");
  const bool toml = all.starts_with("+++\n") || all.starts_with("+++\r\n");
  if (!yaml && !toml) return 0;
  const std::string_view mark = yaml ? "---" : "+++";
  std::vector<std::pair<std::string, std::string>> pairs;
  bool keyed = false;
  for (std::size_t at = all.find('\n') + 1; at < std::min(all.size(), kFrontMatterBytesMax);) {
    const std::size_t end = std::min(all.find('\n', at), all.size());
    const std::string_view line = all.substr(at, end - at);
    const std::string_view bare = trim(line);
    at = end + 1;
    if (bare == mark || (yaml && bare == "...")) {
      if (!keyed && !pairs.empty()) return 0;
      for (auto& [key, value] : pairs) {
        if (key == "title") source.title = value;
        source.metadata.emplace_back(key, value);
      }
      const std::size_t rest = std::min(at, all.size());
      blank_out(text, 0, rest);
      return rest;
    }
    if (bare.empty() || bare.front() == '#') continue;
    const std::size_t colon = bare.find(yaml ? ':' : '=');
    const bool item = bare.starts_with("- ");
    if (item && !pairs.empty()) {  // a list below its key
      std::string& value = pairs.back().second;
      value += (value.empty() ? "" : ", ") + std::string(trim(bare.substr(2)));
      continue;
    }
    if (is_blank(line.front())) {  // a folded or nested value
      if (!pairs.empty() && colon == std::string_view::npos) {
        std::string& value = pairs.back().second;
        if (value == ">" || value == "|" || value == ">-" || value == "|-") value.clear();
        value += (value.empty() ? "" : " ") + std::string(bare);
      }
      continue;
    }
    if (colon == std::string_view::npos) return 0;  // a rule between paragraphs, not front matter
    keyed = true;
    std::string_view value = trim(bare.substr(colon + 1));
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front()) {
      value = value.substr(1, value.size() - 2);
    } else if (value.size() >= 2 && value.front() == '[' && value.back() == ']') {
      value = trim(value.substr(1, value.size() - 2));
    }
    const std::string_view key = trim(bare.substr(0, colon));
    if (key == "title") {
      source.title_start = static_cast<std::size_t>(value.data() - all.data());
      source.title_end = source.title_start + value.size();
    }
    pairs.emplace_back(std::string(key), std::string(value));
  }
  return 0;
}

// One pass over the lines: what is code stays as it is, what is a tag, a comment or a statement becomes blanks.
class Cleaner {
 public:
  Cleaner(std::string& text, bool jsx) : text_(text), jsx_(jsx) {}

  void run(std::size_t start, MarkdownSource& source) {
    for (std::size_t at = 0; at < text_.size();) {
      const std::size_t end = std::min(text_.find('\n', at), text_.size());
      std::size_t strip = 0;
      if (at >= start) strip = clean_line(at, end);
      strip = std::min(strip, end - at);
      if (fills_up_table(at + strip, end)) {  // an empty line ends it
        source.lines.push_back({source.text.size(), at + strip});
        source.text += '\n';
      }
      source.lines.push_back({source.text.size(), at + strip});
      source.text.append(text_, at + strip, end - at - strip);
      source.text += '\n';
      at = end + 1;
    }
    source.own_lines = source.lines.size();
    refer_to_footnotes(source);
  }

 private:
  // "[^label]: text". Taken for a definition wherever it stands, for a reference too many does no harm; but where a
  // label is defined twice the parser would drop the second text.
  void note_footnotes(std::string_view line) {
    const std::size_t first = line.find_first_not_of(" >-*+");
    for (std::size_t at = line.find("[^"); at != std::string_view::npos; at = line.find("[^", at + 2)) {
      const std::string_view rest = line.substr(at, kFootnoteLabelMax);
      const std::size_t end = rest.find(']');
      if (end == std::string_view::npos || !rest.substr(end).starts_with("]:")) continue;
      const std::string_view label = rest.substr(2, end - 2);
      if (at == first && !labels_.insert(case_fold(label)).second) defined_twice_ = true;
      if (++footnotes_ <= kFootnotesMax) references_.append("[^").append(label).append("] ");
    }
  }

  void refer_to_footnotes(MarkdownSource& source) const {
    source.has_footnotes = !labels_.empty() && footnotes_ <= kFootnotesMax && !defined_twice_;
    if (!source.has_footnotes || !fence_.empty()) return;  // behind code without an end all is code
    source.text.append("\n").append(references_).append("\n");
  }

  static constexpr std::size_t kUnknown = static_cast<std::size_t>(-1);

  // The parser gives every row as many cells as the table's delimiter row has. True where this row would take the
  // cells that nobody wrote past their limit.
  bool fills_up_table(std::size_t at, std::size_t end) {
    const std::string_view line = std::string_view(text_).substr(at, end - at);
    if (trim(line).empty()) columns_ = 0;
    const auto pipes = static_cast<std::size_t>(std::count(line.begin(), line.end(), '|'));
    const bool delimiter = pipes > 0 && line.find('-') != std::string_view::npos &&
                           line.find_first_not_of("-:| \t\r>") == std::string_view::npos;
    if (columns_ > pipes + 1) filled_cells_ += columns_ - pipes - 1;
    if (delimiter && columns_ == 0) columns_ = pipes + 1;
    if (columns_ == 0 || filled_cells_ <= kTableFilledCellsMax) return false;
    columns_ = 0;
    return true;
  }

  std::size_t indent(std::size_t at, std::size_t end) const {
    std::size_t i = at;
    while (i < end && is_blank(text_[i])) ++i;
    return i - at;
  }

  // Gives how many bytes of indentation to leave out.
  std::size_t clean_line(std::size_t at, std::size_t end) {
    std::size_t lead = indent(at, end);
    const bool empty = at + lead == end;
    std::size_t strip = 0;
    if (!containers_.empty() && !empty) {
      if (containers_.back() == kUnknown) containers_.back() = lead;
      strip = std::min(containers_.back(), lead);
    }
    if (empty) return after_blank_ = true, lead;
    const std::string_view line = std::string_view(text_).substr(at + lead, end - at - lead);

    if (!fence_.empty()) {
      const std::string_view bare = trim(line);
      if (bare.starts_with(fence_) && bare.find_first_not_of(fence_.front()) == std::string_view::npos) fence_.clear();
      return strip;
    }
    if (at < skip_until_) return lead;  // inside a comment, statement or tag that began on an earlier line
    std::string_view fence_line = line;
    while (fence_line.starts_with("> ")) fence_line = fence_line.substr(2);
    if (fence_line.starts_with("```") || fence_line.starts_with("~~~")) {
      const std::size_t run = fence_line.find_first_not_of(fence_line.front());
      const std::size_t length = run == std::string_view::npos ? fence_line.size() : run;
      if (fence_line.substr(length).find(fence_line.front()) == std::string_view::npos || fence_line.front() == '~') {
        fence_ = std::string(fence_line.substr(0, length));
        after_blank_ = false;
        return strip;
      }
    }
    const bool item = line.starts_with("- ") || line.starts_with("* ") || line.starts_with("+ ") ||
                      (line.front() >= '0' && line.front() <= '9');
    if (lead == 0 && !item) in_list_ = false;
    if (item) in_list_ = true;
    const bool indented_code = !jsx_ && containers_.empty() && !in_list_ && after_blank_ && lead >= 4;
    if (indented_code) return strip;
    after_blank_ = false;

    if (jsx_ && lead == 0 && (line.starts_with("import ") || line.starts_with("export "))) {
      skip_until_ = statement_end(at);
      blank_out(text_, at, skip_until_);
      return 0;
    }
    if (line.starts_with(":::")) {  // an admonition: its title is text, its marks are not
      std::size_t i = at + lead;
      while (i < end && text_[i] == ':') text_[i++] = ' ';
      while (i < end && is_blank(text_[i])) ++i;
      while (i < end && is_name(text_[i])) text_[i++] = ' ';
      for (; i < end; ++i) {
        if (text_[i] == '[' || text_[i] == ']') text_[i] = ' ';
      }
      return indent(at, end);
    }
    if (footnotes_ <= kFootnotesMax) note_footnotes(line);
    limit_marks(at + lead, end);
    return clean_tags(at, end, lead, strip);
  }

  // Import and export statements end at a blank line, or where their braces are balanced at a line's end.
  std::size_t statement_end(std::size_t at) const {
    int depth = 0;
    const std::size_t limit = std::min(text_.size(), at + kTagBytesMax);
    for (std::size_t i = at; i < limit; ++i) {
      const char c = text_[i];
      if (c == '{' || c == '(' || c == '[') ++depth;
      if (c == '}' || c == ')' || c == ']') --depth;
      if (c == '\n' && (depth <= 0 || text_[i - 1] == '\n')) return i;
    }
    return std::min(std::min(text_.find('\n', at), text_.size()), limit);
  }

  void limit_marks(std::size_t at, std::size_t end) {
    std::size_t marks = 0;
    for (std::size_t i = at; i < end; ++i) {
      const char c = text_[i];
      if (is_blank(c)) continue;
      if (c != '>' && c != '-' && c != '*' && c != '+') break;
      if (++marks > kLineMarksMax) text_[i] = ' ';
    }
  }

  std::size_t clean_tags(std::size_t at, std::size_t end, std::size_t lead, std::size_t strip) {
    const std::size_t first = at + lead;
    bool tag_first = false;
    int opened = 0;
    const char heading = text_[first];
    for (std::size_t i = first; i < end;) {
      const char c = text_[i];
      if (c == '\\') {
        i += 2;
      } else if (c == '`') {
        std::size_t run = i;
        while (run < end && text_[run] == '`') ++run;
        i = code_end(run, run - i, end);
      } else if (const std::size_t stop = comment_end(i); stop != 0) {
        tag_first = tag_first || i == first;
        blank_out(text_, i, stop);
        skip_until_ = stop;
        i = stop;
      } else if (c == '<') {
        if (wasted_bytes_ > kWastedBytesMax) {
          ++i;
          continue;
        }
        const Tag tag = read_tag(text_, i);
        if (tag.end == 0) {
          wasted_bytes_ += tag.looked;
          ++i;
          continue;
        }
        tag_first = tag_first || i == first;
        std::size_t stop = tag.end;
        if (!tag.closing && (tag.name == "script" || tag.name == "style")) {
          const std::size_t close = text_.find("</" + tag.name, tag.end);
          const std::size_t behind = close == std::string::npos ? close : text_.find('>', close);
          if (behind != std::string::npos)
            stop = behind + 1;
          else
            wasted_bytes_ += text_.size() - i;
        } else if (!tag.self_closing && !is_void(tag.name)) {
          opened += tag.closing ? -1 : 1;
        }
        std::size_t from = i;
        for (const auto& [value, value_end] : tag.shown) {
          blank_out(text_, from, value);
          from = value_end;
        }
        blank_out(text_, from, stop);
        // A tag over several lines: the later lines hold blanks, or the values that are shown.
        skip_until_ = tag.shown.empty() ? std::max(skip_until_, stop) : skip_until_;
        i = stop;
      } else {
        ++i;
      }
    }
    if (heading == '#') {  // "## Title {#anchor}"
      const std::string_view line = std::string_view(text_).substr(first, end - first);
      const std::size_t brace = line.rfind("{#");
      if (brace != std::string_view::npos && brace > 0 && trim(line.substr(brace)).ends_with("}")) {
        blank_out(text_, first + brace, end);
      }
    }
    // What a tag alone on its line opens may hold indented Markdown.
    const bool only_tags = indent(at, end) == end - at;
    if (tag_first || only_tags) {
      for (; opened > 0 && containers_.size() < kMarkdownTagDepthMax; --opened) containers_.push_back(kUnknown);
      for (; opened < 0 && !containers_.empty(); ++opened) containers_.pop_back();
    }
    return tag_first ? indent(at, end) : strip;
  }

  // Behind the comment at `i`, HTML's or MDX's; 0 where there is none that ends.
  std::size_t comment_end(std::size_t i) {
    const bool html = text_.compare(i, 4, "<!--") == 0;
    if (!html && !(jsx_ && text_.compare(i, 3, "{/*") == 0)) return 0;
    if (wasted_bytes_ > kWastedBytesMax) return 0;
    const std::string_view mark = html ? "-->" : "*/}";
    const std::size_t close = text_.find(mark, i);
    if (close != std::string::npos) return close + mark.size();
    wasted_bytes_ += text_.size() - i;
    return 0;
  }

  // Behind the code span whose mark of `length` ends at `from`; `from` where it does not close on this line.
  std::size_t code_end(std::size_t from, std::size_t length, std::size_t end) {
    if (wasted_bytes_ > kWastedBytesMax) return from;
    for (std::size_t i = from; i < end;) {
      if (text_[i] != '`') {
        ++i;
        continue;
      }
      std::size_t run = i;
      while (run < end && text_[run] == '`') ++run;
      if (run - i == length) return run;
      i = run;
    }
    wasted_bytes_ += end - from;
    return from;
  }

  std::string& text_;
  const bool jsx_;
  std::string fence_;                    // the mark that closes the code block we are in
  std::size_t skip_until_ = 0;           // bytes before this are blanked already
  std::vector<std::size_t> containers_;  // indentation of what open tags hold
  bool after_blank_ = true, in_list_ = false;
  std::size_t columns_ = 0;       // of the table we are in
  std::size_t filled_cells_ = 0;  // of all tables
  std::string references_;        // to every footnote that is defined
  std::set<std::string> labels_;  // of those
  std::size_t footnotes_ = 0;
  bool defined_twice_ = false;
  std::size_t wasted_bytes_ = 0;  // looked through for the end of a tag or code span that has none
};

}  // namespace

std::size_t MarkdownSource::original_offset(std::size_t line, std::size_t column) const {
  if (lines.empty()) return 0;
  const Line& found = lines[std::clamp<std::size_t>(line, 1, lines.size()) - 1];
  return found.original + (column > 0 ? column - 1 : 0);
}

MarkdownSource prepare_markdown(std::string_view source, bool jsx) {
  MarkdownSource prepared;
  std::string text(source);
  std::replace(text.begin(), text.end(), '\0', ' ');
  for (std::size_t i = 0; i < text.size(); ++i) {  // a lone carriage return ends a line as well
    if (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n')) text[i] = '\n';
  }
  const std::size_t start = read_front_matter(text, prepared);
  prepared.text.reserve(text.size());
  Cleaner(text, jsx).run(start, prepared);
  return prepared;
}

}  // namespace naru
