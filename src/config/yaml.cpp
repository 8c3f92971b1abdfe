#include "config/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <istream>
#include <map>
#include <optional>
#include <stdexcept>
#include <streambuf>

#include "config/suggest.h"
#include "text/unicode.h"

namespace naru {

namespace {

// Ends the reading from inside the library's callbacks; caught in parse_yaml.
struct Refused : std::runtime_error {
  Refused(Place where, const std::string& message) : std::runtime_error(message), place(std::move(where)) {}
  Place place;
};

class MemoryBuffer : public std::streambuf {
 public:
  explicit MemoryBuffer(std::string_view text) {
    char* start = const_cast<char*>(text.data());  // only read from
    setg(start, start, start + text.size());
  }
};

class Builder : public YAML::EventHandler {
 public:
  Builder(std::string_view text, const std::string& file, std::vector<Diagnostic>& diagnostics)
      : text_(text), file_(file), diagnostics_(diagnostics) {
    std::size_t start = 0;
    while (start <= text.size()) {
      const std::size_t end = std::min(text.find('\n', start), text.size());
      lines_.push_back(text.substr(start, end - start));
      start = end + 1;
    }
  }

  // What was read; after broken syntax what stood before it.
  YamlNode take() {
    while (!open_.empty()) {
      open_.back().has_key = false;  // its value is not known
      YamlNode node = close();
      if (open_.empty()) {
        root_ = std::move(node);
      } else if (open_.back().node.kind == YamlNode::Kind::list) {
        open_.back().node.items.push_back(std::move(node));
      } else if (open_.back().has_key) {
        open_.back().has_key = false;
        open_.back().node.fields.push_back({std::move(open_.back().key), std::move(node)});
      }
    }
    return std::move(root_);
  }

  // Where the innermost value that is not complete began.
  std::optional<Place> open_place() const {
    if (open_.empty()) return std::nullopt;
    return open_.back().node.place;
  }

  Place place(const YAML::Mark& mark) const {
    if (mark.is_null() || mark.line < 0) return {file_, 1, 1};
    int column = 1;  // the library counts bytes, people count characters
    if (static_cast<std::size_t>(mark.line) < lines_.size()) {
      const std::string_view line = lines_[static_cast<std::size_t>(mark.line)];
      const std::size_t bytes = std::min<std::size_t>(line.size(), static_cast<std::size_t>(std::max(mark.column, 0)));
      for (std::size_t i = 0; i < bytes; ++i) column += (static_cast<unsigned char>(line[i]) & 0xc0) != 0x80 ? 1 : 0;
    }
    return {file_, mark.line + 1, column};
  }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    YamlNode node;
    node.place = place(mark);
    add(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto it = anchors_.find(anchor);
    if (it == anchors_.end()) throw Refused(place(mark), "an alias to a value that is not complete here");
    YamlNode copy = it->second;
    count(copy, place(mark));
    if (open_.size() + depth(copy) > kConfigDepthMax) throw Refused(place(mark), "nested too deep");
    add(std::move(copy), 0);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check_tag(mark, tag);
    YamlNode node;
    node.place = place(mark);
    node.quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
    node.kind = !node.quoted && (value.empty() || value == "~" || value == "null") ? YamlNode::Kind::null
                                                                                   : YamlNode::Kind::scalar;
    node.text = value;
    if (node.quoted && quote_is_open(mark)) throw Refused(node.place, "the quote is not closed");
    add(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    check_tag(mark, tag);
    push(YamlNode::Kind::list, mark, anchor);
  }
  void OnSequenceEnd() override { pop(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    check_tag(mark, tag);
    push(YamlNode::Kind::map, mark, anchor);
  }
  void OnMapEnd() override { pop(); }

 private:
  struct Open {
    YamlNode node;
    YAML::anchor_t anchor = 0;
    bool has_key = false;
    YamlNode key;
  };

  // The library takes the end of the text for the end of a quote.
  bool quote_is_open(const YAML::Mark& mark) const {
    if (mark.line < 0 || static_cast<std::size_t>(mark.line) >= lines_.size()) return false;
    const std::string_view line = lines_[static_cast<std::size_t>(mark.line)];
    const char* start = line.data() + std::min<std::size_t>(line.size(), static_cast<std::size_t>(mark.column));
    std::string_view rest(start, static_cast<std::size_t>(text_.data() + text_.size() - start));
    while (rest.starts_with('&') || rest.starts_with('!')) {  // anchor and tag stand before the value
      rest.remove_prefix(std::min(rest.size(), rest.find_first_of(" \t\r\n")));
      rest.remove_prefix(std::min(rest.size(), rest.find_first_not_of(" \t\r\n")));
    }
    if (!rest.starts_with('"') && !rest.starts_with('\'')) return false;
    const char quote = rest.front();
    for (std::size_t i = 1; i < rest.size(); ++i) {
      if (quote == '"' && rest[i] == '\\') {
        ++i;
      } else if (rest[i] == quote) {
        if (quote == '"' || i + 1 == rest.size() || rest[i + 1] != quote) return false;
        ++i;  // '' stands for one
      }
    }
    return true;
  }

  static std::size_t depth(const YamlNode& node) {  // bounded: every tree was built under kConfigDepthMax
    std::size_t deepest = 0;
    for (const YamlNode& item : node.items) deepest = std::max(deepest, depth(item));
    for (const auto& [key, value] : node.fields) deepest = std::max(deepest, depth(value));
    return deepest + 1;
  }

  void count(const YamlNode& node, const Place& at) {
    count_one(at);
    for (const YamlNode& item : node.items) count(item, at);
    for (const auto& [key, value] : node.fields) count(value, at);
  }

  void count_one(const Place& at) {
    if (++nodes_ > kConfigNodesMax) throw Refused(at, "too many values; a configuration is shorter");
  }

  void check_tag(const YAML::Mark& mark, const std::string& tag) const {
    if (tag.empty() || tag == "?" || tag == "!" || tag.starts_with("tag:yaml.org,2002:")) return;
    throw Refused(place(mark), "tags such as " + shown(tag) + " have no meaning here; remove it");
  }

  void push(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (open_.size() >= kConfigDepthMax) throw Refused(place(mark), "nested too deep");
    count_one(place(mark));
    Open open;
    open.node.kind = kind;
    open.node.place = place(mark);
    open.anchor = anchor;
    open_.push_back(std::move(open));
  }

  void pop() {
    const YAML::anchor_t anchor = open_.back().anchor;
    add(close(), anchor);
  }

  YamlNode close() {
    Open closed = std::move(open_.back());
    open_.pop_back();
    if (closed.has_key) {
      YamlNode nothing;
      nothing.place = closed.key.place;
      closed.node.fields.push_back({std::move(closed.key), std::move(nothing)});
    }
    return std::move(closed.node);
  }

  void add(YamlNode node, YAML::anchor_t anchor) {
    if (node.kind == YamlNode::Kind::null || node.kind == YamlNode::Kind::scalar) count_one(node.place);
    if (anchor != 0) {
      count(node, node.place);  // the copy that aliases are made from
      anchors_[anchor] = node;
    }
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::list) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.has_key) {
      if (node.kind != YamlNode::Kind::scalar) {
        throw Refused(node.place, "the name of a field must be a word");
      }
      if (node.text == "<<") throw Refused(node.place, "merge keys have no meaning here; write the fields out");
      if (parent.node.fields.size() >= kConfigFieldsMax) throw Refused(node.place, "too many fields in one place");
      if (parent.node.find(node.text) != nullptr) {
        diagnostics_.push_back({node.place, "the field \"" + shown(node.text) + "\" stands twice", "keep one of them"});
      }
      parent.key = std::move(node);
      parent.has_key = true;
    } else {
      parent.has_key = false;
      // The library puts a value that was not written where the next token stands.
      const bool elsewhere = node.kind == YamlNode::Kind::null && node.place.line != parent.key.place.line;
      if (elsewhere) node.place = parent.key.place;
      parent.node.fields.push_back({std::move(parent.key), std::move(node)});
    }
  }

  const std::string_view text_;
  const std::string file_;
  std::vector<Diagnostic>& diagnostics_;
  std::vector<std::string_view> lines_;
  YamlNode root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, YamlNode> anchors_;
  std::size_t nodes_ = 0;
};

// A second document in the file is refused where it begins.
class NoMore : public Builder {
 public:
  using Builder::Builder;
  void OnDocumentStart(const YAML::Mark& mark) override {
    throw Refused(place(mark), mark.column == 0 ? "a second document in the file; remove what begins here"
                                                : "text after the end of the configuration; remove it");
  }
};

// The place of a byte.
Place place_at(std::string_view text, std::size_t at, const std::string& file) {
  Place place{file, 1, 1};
  for (std::size_t i = 0; i < at && i < text.size(); ++i) {
    if (text[i] == '\n') {
      ++place.line;
      place.column = 1;
    } else if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) {
      ++place.column;
    }
  }
  return place;
}

// The first tab that indents, in the lines up to and with `line` (from 0); the library's own message names another
// place and does not speak of tabs.
std::size_t indenting_tab(std::string_view text, int line) {
  std::size_t start = 0;
  for (int number = 0; number <= line && start < text.size(); ++number) {
    const std::size_t first = text.find_first_not_of(' ', start);
    if (first != std::string_view::npos && text[first] == '\t') return first;
    const std::size_t end = text.find('\n', start);
    if (end == std::string_view::npos) break;
    start = end + 1;
  }
  return std::string_view::npos;
}

// The library's words for the slips that people make, in theirs.
struct Slip {
  std::string_view library, message, suggestion;
};
constexpr std::array<Slip, 8> kSlips = {{
    {"end of map flow not found", "the { is not closed", "close it with }"},
    {"end of sequence flow not found", "the [ is not closed", "close it with ]"},
    {"end of map not found", "fits neither the line above nor its indentation", "indent fields of one place alike"},
    {"end of sequence not found", "fits neither the list above nor its indentation",
     "begin with \"- \", indented alike"},
    {"illegal map value", "a colon where none may stand", "put the text in quotes, or look at the indentation"},
    {"illegal map key", "a field where none may stand", "look at the indentation"},
    {"illegal flow end", "a bracket that closes nothing", "remove it"},
    {"the referenced anchor is not defined", "an alias to nothing", "put a text that begins with * in quotes"},
}};

Diagnostic broken_syntax(const YAML::Exception& broken, const Builder& builder) {
  for (const Slip& slip : kSlips) {
    if (broken.msg != slip.library) continue;
    const bool open = slip.message.ends_with("is not closed");
    Diagnostic told{builder.place(broken.mark), std::string(slip.message), std::string(slip.suggestion)};
    if (open) told.place = builder.open_place().value_or(told.place);
    return told;
  }
  return {builder.place(broken.mark), "not YAML: " + shown(broken.msg),
          "look at the indentation and the quotes of this line and of the line above"};
}

std::size_t first_bad_byte(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && text[at] != '\0') {
    const std::size_t start = at;
    next_code_point(text, at);
    if (!is_valid_utf8(text.substr(start, at - start))) return start;
  }
  return at;
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view name) const {
  for (const auto& [key, value] : fields) {
    if (key.text == name) return &value;
  }
  return nullptr;
}

std::string Diagnostic::text() const {
  std::string line = place.text() + ": " + message;
  if (!suggestion.empty()) line += "; " + suggestion;
  return line;
}

YamlNode parse_yaml(std::string_view text, const std::string& file, std::vector<Diagnostic>& diagnostics) {
  if (text.size() > kConfigBytesMax) {
    diagnostics.push_back({{file, 1, 1}, "larger than 1 MiB", "a configuration is shorter; is this the right file?"});
    return {};
  }
  if (!is_valid_utf8(text) || text.find('\0') != std::string_view::npos) {
    diagnostics.push_back({place_at(text, first_bad_byte(text), file), "not UTF-8 text", "save the file as UTF-8"});
    return {};
  }
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  Builder builder(text, file, diagnostics);
  try {
    MemoryBuffer buffer(text);
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    NoMore no_more(text, file, diagnostics);
    if (parser.HandleNextDocument(builder)) parser.HandleNextDocument(no_more);
  } catch (const Refused& refused) {
    diagnostics.push_back({refused.place, refused.what(), ""});
  } catch (const YAML::Exception& broken) {
    const std::size_t tab = indenting_tab(text, broken.mark.line);
    if (tab != std::string_view::npos) {  // what was read around it means something else
      diagnostics.push_back(
          {place_at(text, tab, file), "a tab in the indentation", "indent with blanks, two for a level"});
      return {};
    }
    diagnostics.push_back(broken_syntax(broken, builder));
  } catch (const std::exception& broken) {  // what the library does not catch of its own, such as bad numbers
    diagnostics.push_back({{file, 1, 1}, std::string("not YAML: ") + broken.what(), ""});
  }
  return builder.take();
}

}  // namespace naru
