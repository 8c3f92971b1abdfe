#include "parse/html/source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/ascii.h"

namespace naru::html {

namespace {

// The standard looks for the charset in 1,024 bytes; pages that put it behind a long script are read by browsers too.
constexpr std::size_t kCharsetLookBytes = 4096;
constexpr std::size_t kLinkedDataMax = 64, kLinkedDataBytesMax = 2U << 20;  // of one page
constexpr std::size_t kNameMax = 16;  // no tag or attribute that we know has a longer name

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// A name in lower case without an allocation; names that are too long to be known are "".
class Name {
 public:
  Name() = default;
  explicit Name(std::string_view text) {
    if (text.size() > kNameMax) return;
    for (const char c : text) bytes_[size_++] = lower_ascii(c);
  }
  std::string_view view() const { return {bytes_.data(), size_}; }

 private:
  std::array<char, kNameMax> bytes_{};
  std::size_t size_ = 0;
};

template <std::size_t N>
bool any_of(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_kept_attribute(std::string_view name) {
  static constexpr std::array<std::string_view, 22> kKept = {
      "class",    "id",       "style",    "hidden", "aria-hidden", "role",    "href",    "rel",
      "name",     "content",  "property", "lang",   "type",        "start",   "colspan", "rowspan",
      "itemprop", "itemtype", "datetime", "dir",    "open",        "encoding"};
  return any_of(kKept, name);
}

bool equals_folded(std::string_view text, std::size_t at, std::string_view lower_case) {
  if (text.size() - at < lower_case.size()) return false;
  for (std::size_t i = 0; i < lower_case.size(); ++i) {
    if (lower_ascii(text[at + i]) != lower_case[i]) return false;
  }
  return true;
}

bool contains_folded(std::string_view text, std::string_view lower_case) {
  for (std::size_t at = 0; at + lower_case.size() <= text.size(); ++at) {
    if (equals_folded(text, at, lower_case)) return true;
  }
  return false;
}

// Where "</name" begins at or behind `at`; npos where it never does.
std::size_t find_close(std::string_view text, std::size_t at, std::string_view name) {
  while ((at = text.find("</", at)) != std::string_view::npos) {
    const std::size_t behind = at + 2 + name.size();
    if (equals_folded(text, at + 2, name) && (behind == text.size() || !is_letter(text[behind]))) return at;
    at += 2;
  }
  return at;
}

// How an element ends those that were left open before it: the part of the standard's rules that real pages need.
enum class Kind : std::uint8_t { inline_text, block, paragraph, item, term, cell, row, row_group, option, empty };

Kind kind_of(std::string_view name) {
  static constexpr std::array<std::string_view, 16> kEmpty = {"area",  "base",  "br",       "col",  "embed", "hr",
                                                              "img",   "input", "link",     "meta", "param", "source",
                                                              "track", "wbr",   "basefont", "frame"};
  static constexpr std::array<std::string_view, 40> kInline = {
      "a",      "abbr", "acronym", "b",    "bdi",  "bdo", "big",  "cite",   "code",    "data",
      "del",    "dfn",  "em",      "font", "i",    "ins", "kbd",  "label",  "mark",    "nobr",
      "q",      "rb",   "rp",      "rt",   "ruby", "s",   "samp", "small",  "span",    "strike",
      "strong", "sub",  "sup",     "time", "tt",   "u",   "var",  "output", "picture", "blink"};
  if (name == "p") return Kind::paragraph;
  if (name == "li") return Kind::item;
  if (name == "dt" || name == "dd") return Kind::term;
  if (name == "td" || name == "th") return Kind::cell;
  if (name == "tr") return Kind::row;
  if (name == "tbody" || name == "thead" || name == "tfoot") return Kind::row_group;
  if (name == "option") return Kind::option;
  if (any_of(kEmpty, name)) return Kind::empty;
  return any_of(kInline, name) ? Kind::inline_text : Kind::block;
}

std::uint32_t hash_of(std::string_view name) {
  std::uint32_t hash = 2166136261U;  // FNV-1a
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

// The elements that are open, closely enough to bound their number in the real parser.
class OpenElements {
 public:
  // False: too deep, the tag is to be left out.
  bool open(std::string_view name) {
    const Kind kind = kind_of(name);
    if (kind == Kind::empty) return true;
    if (const std::size_t i = formatting(name); i < unclosed_.size()) {
      if (unclosed_all_ >= kFormattingMax) return false;
      ++unclosed_[i];
      ++unclosed_all_;
    }
    end_implied(kind);
    if (open_.size() >= kDepthMax) return false;
    const std::uint32_t hash = hash_of(name);
    open_.push_back({hash, kind});
    ++count_[hash % count_.size()];
    return true;
  }

  void close(std::string_view name) {
    if (const std::size_t i = formatting(name); i < unclosed_.size() && unclosed_[i] > 0) {
      --unclosed_[i];
      --unclosed_all_;
    }
    const std::uint32_t hash = hash_of(name);
    if (count_[hash % count_.size()] == 0) return;
    std::size_t i = open_.size();
    while (i > 0 && open_[i - 1].hash != hash) --i;
    if (i > 0) pop_to(i - 1);
  }

 private:
  struct Element {
    std::uint32_t hash;
    Kind kind;
  };

  void pop_to(std::size_t size) {
    while (open_.size() > size) {
      --count_[open_.back().hash % count_.size()];
      open_.pop_back();
    }
  }

  // <li> ends an open <li>, and so on, unless an element stands between that keeps it open.
  void end_implied(Kind kind) {
    if (kind == Kind::inline_text) return;
    const auto passes = [kind](Kind open) {
      switch (kind) {
        case Kind::row:
          return open == Kind::cell || open == Kind::row;
        case Kind::row_group:
          return open == Kind::cell || open == Kind::row || open == Kind::row_group;
        case Kind::item:
        case Kind::term:
        case Kind::cell:
        case Kind::option:
        case Kind::paragraph:
          return open == kind;
        default:
          return false;
      }
    };
    std::size_t outermost = open_.size();
    for (std::size_t i = open_.size(); i > 0; --i) {
      const Kind open = open_[i - 1].kind;
      if (passes(open)) {
        outermost = i - 1;
        if (open == kind) break;
      } else if (open == Kind::paragraph) {
        if (kind == Kind::block) outermost = i - 1;
      } else if (open != Kind::inline_text) {
        break;
      }
    }
    pop_to(outermost);
  }

  // Elements that the standard opens again in every later block until they are closed.
  static constexpr std::array<std::string_view, 14> kFormatting = {
      "a", "b", "big", "code", "em", "font", "i", "s", "nobr", "small", "strike", "strong", "tt", "u"};
  static std::size_t formatting(std::string_view name) {
    return static_cast<std::size_t>(std::find(kFormatting.begin(), kFormatting.end(), name) - kFormatting.begin());
  }

  std::vector<Element> open_;
  std::array<std::uint32_t, kFormatting.size()> unclosed_{};
  std::uint32_t unclosed_all_ = 0;
  std::array<std::uint32_t, 1024> count_{};  // of open elements by hash: most unknown end tags are found out here
};

struct Span {
  std::size_t start = 0, end = 0;
};

struct Tag {
  Name name;
  std::size_t end = 0;    // behind ">"; 0: the tag never ends
  std::string_view type;  // of a script
  bool self_closing = false;
};

class Cleaner {
 public:
  explicit Cleaner(std::string_view text) : text_(text) {
    source_.cuts.push_back({0, 0});
    source_.text.reserve(text.size());
  }

  Source run() {
    std::size_t at = 0;
    while (at < text_.size()) {
      at = text_.find('<', at);
      if (at == std::string_view::npos || at + 1 >= text_.size()) break;
      const char next = text_[at + 1];
      if (is_letter(next))
        at = start_tag(at);
      else if (next == '/')
        at = end_tag(at);
      else if (next == '!')
        at = declaration(at);
      else
        ++at;
      if (tags_ > kTagsMax && at < text_.size()) {
        source_.warnings.push_back(fmt::format("only the first {} bytes were read: more than {} tags", at, kTagsMax));
        cut(at, text_.size());
        break;
      }
    }
    keep(text_.size());
    if (flattened_ > 0) {
      source_.warnings.push_back(
          fmt::format("{} tags were left out: more elements were open than anybody writes", flattened_));
    }
    return std::move(source_);
  }

 private:
  void keep(std::size_t end) {
    source_.text.append(text_, copied_, end - copied_);
    copied_ = end;
  }
  void cut(std::size_t from, std::size_t to) {
    keep(from);
    copied_ = to;
    source_.cuts.push_back({source_.text.size(), to});
  }

  std::size_t declaration(std::size_t at) {
    if (text_.compare(at, 4, "<!--") != 0) {  // a doctype, or what the parser takes for a comment
      const std::size_t end = text_.find('>', at);
      return end == std::string_view::npos ? text_.size() : end + 1;
    }
    std::size_t end = text_.size();
    if (text_.compare(at + 4, 1, ">") == 0)
      end = at + 5;
    else if (text_.compare(at + 4, 2, "->") == 0)
      end = at + 6;
    else if (const std::size_t close = text_.find("-->", at + 4); close != std::string_view::npos)
      end = close + 3;
    else
      source_.warnings.push_back(fmt::format("a comment at byte {} never ends: the rest was left out", at));
    cut(at, end);
    return end;
  }

  std::size_t end_tag(std::size_t at) {
    std::size_t i = at + 2;
    while (i < text_.size() && text_[i] != '>' && text_[i] != '/' && !is_blank(text_[i])) ++i;
    if (i > at + 2 && is_letter(text_[at + 2])) open_.close(Name(text_.substr(at + 2, i - at - 2)).view());
    ++tags_;
    const std::size_t end = text_.find('>', i);
    return end == std::string_view::npos ? text_.size() : end + 1;
  }

  std::size_t start_tag(std::size_t at) {
    dropped_.clear();
    const Tag tag = read_tag(at);
    ++tags_;
    if (tag.end == 0) {
      source_.warnings.push_back(fmt::format("a tag at byte {} never ends: the rest was left out", at));
      cut(at, text_.size());
      return text_.size();
    }
    const std::string_view name = tag.name.view();
    if (name == "script" || name == "style") return drop_element(at, tag);
    if (name == "iframe" || name == "noembed" || name == "noframes" || name == "textarea") {
      return drop_element(at, tag);
    }
    if (name == "svg" && !tag.self_closing && !svg_never_ends_) {
      const std::size_t end = svg_end(tag.end);
      if (end != 0) return cut(at, end), end;
      svg_never_ends_ = true;  // nor will the next: looked for once, not once a tag
    }
    if (!open_.open(name)) {
      ++flattened_;
      cut(at, tag.end);
      return tag.end;
    }
    for (const Span& span : dropped_) cut(span.start, span.end);
    if (name != "title" && name != "xmp") return tag.end;
    return std::min(find_close(text_, tag.end, name), text_.size());  // its text may look like tags
  }

  // Leaves out an element whose content is no HTML.
  std::size_t drop_element(std::size_t at, const Tag& tag) {
    const std::string_view name = tag.name.view();
    const std::size_t close = find_close(text_, tag.end, name);
    if (close == std::string_view::npos) {
      source_.warnings.push_back(fmt::format("<{}> at byte {} never ends: the rest was left out", name, at));
      cut(at, text_.size());
      return text_.size();
    }
    const std::string_view content = text_.substr(tag.end, close - tag.end);
    if (name == "script" && contains_folded(tag.type, "ld+json") && source_.linked_data.size() < kLinkedDataMax &&
        linked_data_bytes_ + content.size() <= kLinkedDataBytesMax) {
      linked_data_bytes_ += content.size();
      source_.linked_data.push_back(content);
    }
    const std::size_t end = text_.find('>', close);
    cut(at, end == std::string_view::npos ? text_.size() : end + 1);
    return copied_;
  }

  // Behind the </svg> that closes; 0 where none does.
  std::size_t svg_end(std::size_t at) const {
    std::size_t depth = 1;
    while ((at = text_.find('<', at)) != std::string_view::npos) {
      if (equals_folded(text_, at, "<svg")) ++depth;
      if (equals_folded(text_, at, "</svg") && --depth == 0) {
        const std::size_t end = text_.find('>', at);
        return end == std::string_view::npos ? 0 : end + 1;
      }
      ++at;
    }
    return 0;
  }

  // Reads a start tag as the standard's tokenizer does, and notes which attributes to leave out.
  Tag read_tag(std::size_t at) {
    Tag tag;
    std::size_t i = at + 1;
    const auto ends_name = [](char c) { return c == '>' || c == '/' || is_blank(c); };
    while (i < text_.size() && !ends_name(text_[i])) ++i;
    tag.name = Name(text_.substr(at + 1, i - at - 1));
    while (i < text_.size()) {
      while (i < text_.size() && (is_blank(text_[i]) || text_[i] == '/')) ++i;
      if (i >= text_.size()) break;
      if (text_[i] == '>') {
        tag.self_closing = text_[i - 1] == '/';
        tag.end = i + 1;
        return tag;
      }
      const std::size_t start = i++;  // a name may begin with "="
      while (i < text_.size() && !ends_name(text_[i]) && text_[i] != '=') ++i;
      const Name name(text_.substr(start, i - start));
      const std::string_view value = read_value(i);
      if (name.view() == "type") tag.type = value;
      if (!is_kept_attribute(name.view()) || (name.view() == "style" && !hides(value))) dropped_.push_back({start, i});
    }
    return tag;
  }

  static bool hides(std::string_view style) { return contains_folded(style, "none"); }

  // The value behind an attribute's name, without quotes; `i` moves behind it.
  std::string_view read_value(std::size_t& i) const {
    std::size_t at = i;
    while (at < text_.size() && is_blank(text_[at])) ++at;
    if (at >= text_.size() || text_[at] != '=') return {};
    ++at;
    while (at < text_.size() && is_blank(text_[at])) ++at;
    if (at >= text_.size() || text_[at] == '>') return i = at, std::string_view();
    if (text_[at] == '"' || text_[at] == '\'') {
      const std::size_t close = std::min(text_.find(text_[at], at + 1), text_.size());
      i = std::min(close + 1, text_.size());
      return text_.substr(at + 1, close - at - 1);
    }
    const std::size_t start = at;
    while (at < text_.size() && !is_blank(text_[at]) && text_[at] != '>') ++at;
    i = at;
    return text_.substr(start, at - start);
  }

  std::string_view text_;
  Source source_;
  OpenElements open_;
  std::size_t copied_ = 0, tags_ = 0, flattened_ = 0, linked_data_bytes_ = 0;
  bool svg_never_ends_ = false;
  std::vector<Span> dropped_;  // attributes of the tag being read
};

}  // namespace

std::size_t Source::original_offset(std::size_t clean) const {
  const auto behind = std::upper_bound(cuts.begin(), cuts.end(), clean,
                                       [](std::size_t value, const Cut& cut) { return value < cut.clean; });
  const Cut& cut = *(behind - 1);
  return cut.original + (clean - cut.clean);
}

Source clean_source(std::string_view text) {
  const std::string_view read = text.substr(0, kSourceBytesMax);
  Source source = Cleaner(read).run();
  if (read.size() < text.size()) {
    source.warnings.push_back(fmt::format("only the first {} of {} bytes were read", read.size(), text.size()));
  }
  return source;
}

std::string declared_charset(std::string_view bytes) {
  const std::string_view head = bytes.substr(0, kCharsetLookBytes);
  std::string name;
  for (std::size_t at = 0; at < head.size() && name.empty(); ++at) {
    const bool meta = equals_folded(head, at, "charset");
    const bool declaration = !meta && equals_folded(head, at, "encoding") && head.starts_with("<?xml");
    if (!meta && !declaration) continue;
    std::size_t i = at + (meta ? 7 : 8);
    while (i < head.size() && is_blank(head[i])) ++i;
    if (i >= head.size() || head[i] != '=') continue;
    ++i;
    while (i < head.size() && (is_blank(head[i]) || head[i] == '"' || head[i] == '\'')) ++i;
    while (i < head.size() && (is_letter(head[i]) || (head[i] >= '0' && head[i] <= '9') || head[i] == '-' ||
                               head[i] == '_' || head[i] == ':')) {
      name += lower_ascii(head[i++]);
    }
  }
  // Labels as the encoding standard reads them: what says Latin-1 is windows-1252, what says EUC-KR is CP949.
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 52> kLabels = {{
      {"utf-8", "UTF-8"},
      {"utf8", "UTF-8"},
      {"euc-kr", "CP949"},
      {"ks_c_5601-1987", "CP949"},
      {"cp949", "CP949"},
      {"ksc5601", "CP949"},
      {"ks_c_5601", "CP949"},
      {"windows-949", "CP949"},
      {"uhc", "CP949"},
      {"ms949", "CP949"},
      {"iso-8859-1", "windows-1252"},
      {"latin1", "windows-1252"},
      {"ascii", "windows-1252"},
      {"us-ascii", "windows-1252"},
      {"windows-1252", "windows-1252"},
      {"cp1252", "windows-1252"},
      {"iso8859-1", "windows-1252"},
      {"iso-8859-2", "ISO-8859-2"},
      {"iso-8859-3", "ISO-8859-3"},
      {"iso-8859-4", "ISO-8859-4"},
      {"iso-8859-5", "ISO-8859-5"},
      {"iso-8859-6", "ISO-8859-6"},
      {"iso-8859-7", "ISO-8859-7"},
      {"iso-8859-8", "ISO-8859-8"},
      {"iso-8859-9", "windows-1254"},
      {"iso-8859-10", "ISO-8859-10"},
      {"iso-8859-13", "ISO-8859-13"},
      {"iso-8859-14", "ISO-8859-14"},
      {"iso-8859-15", "ISO-8859-15"},
      {"windows-1250", "windows-1250"},
      {"windows-1251", "windows-1251"},
      {"windows-1253", "windows-1253"},
      {"windows-1254", "windows-1254"},
      {"windows-1255", "windows-1255"},
      {"windows-1256", "windows-1256"},
      {"windows-1257", "windows-1257"},
      {"windows-1258", "windows-1258"},
      {"windows-874", "windows-874"},
      {"tis-620", "windows-874"},
      {"koi8-r", "KOI8-R"},
      {"koi8-u", "KOI8-U"},
      {"shift_jis", "Shift_JIS"},
      {"shift-jis", "Shift_JIS"},
      {"sjis", "Shift_JIS"},
      {"x-sjis", "Shift_JIS"},
      {"windows-31j", "Shift_JIS"},
      {"euc-jp", "EUC-JP"},
      {"iso-2022-jp", "ISO-2022-JP"},
      {"gb2312", "GB18030"},
      {"gbk", "GB18030"},
      {"gb18030", "GB18030"},
      {"big5", "Big5"},
  }};
  for (const auto& [label, charset] : kLabels) {
    if (name == label) return std::string(charset);
  }
  return {};
}

}  // namespace naru::html
