#include "text/query_syntax.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "text/analyzer.h"
#include "text/korean.h"
#include "text/unicode.h"

namespace naru {

namespace {

// By Field.
constexpr std::array<std::string_view, kFields> kTypedFields = {"body", "title", "heading", "file"};

struct Quotes {
  std::string_view open, close;
};
constexpr std::array<Quotes, 4> kQuotes = {{{"\"", "\""}, {"“", "”"}, {"「", "」"}, {"『", "』"}}};

bool is_ascii_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// A part of a query that was read: what must hold, and words that are only ranked by.
struct Part {
  std::vector<QueryCondition> must;
  std::vector<QueryNode> words;
  bool strict = false;  // something in it is an operator: as a group it is a condition
};

QueryNode combined(QueryNode::Kind kind, std::vector<QueryNode> children) {
  if (children.size() == 1 && kind != QueryNode::Kind::none) return std::move(children.front());
  QueryNode node;
  node.kind = kind;
  node.children = std::move(children);
  return node;
}

// What the part says as a condition. Words alone say: one of us. Beside what must stand there they say nothing.
std::optional<QueryNode> condition_of(Part part) {
  std::vector<QueryNode> all;
  bool positive = false;
  for (QueryCondition& must : part.must) {
    positive = positive || must.node.kind != QueryNode::Kind::none;
    all.push_back(std::move(must.node));
  }
  if (!positive && !part.words.empty()) all.push_back(combined(QueryNode::Kind::any, std::move(part.words)));
  if (all.empty()) return std::nullopt;
  return combined(QueryNode::Kind::all, std::move(all));
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<ParsedQuery> parse() {
    Part part = disjunction(0);
    while (!at_end()) {  // only a ) stops it
      note(NoteKind::closes_nothing);
      ++at_;
      append(part, disjunction(0));
    }
    if (!syntax_) {
      query_.plain = std::string(text_);
      return std::move(query_);
    }
    if (clauses_ > kQueryClausesMax && !part.must.empty()) {
      return Error(Code::invalid_argument,
                   fmt::format("the query has {} clauses; at most {} are taken", clauses_, kQueryClausesMax));
    }
    query_.conditions = std::move(part.must);
    return std::move(query_);
  }

 private:
  // ---- the grammar: disjunction, conjunction, sequence, item -------------------------------------------------------

  Part disjunction(std::size_t depth) {
    std::vector<Part> parts;
    parts.push_back(conjunction(depth));
    while (take_joint("OR", parts.back())) parts.push_back(conjunction(depth));
    return join(QueryNode::Kind::any, std::move(parts));
  }

  Part conjunction(std::size_t depth) {
    std::vector<Part> parts;
    parts.push_back(sequence(depth));
    while (take_joint("AND", parts.back())) parts.push_back(sequence(depth));
    return join(QueryNode::Kind::all, std::move(parts));
  }

  Part sequence(std::size_t depth) {
    Part part;
    while (skip_space(), !at_end() && text_[at_] != ')') {
      const std::string_view word = peek_operator();
      if (word == "AND" || word == "OR") {
        if (!is_empty(part) && something_follows(word)) return part;
        note(NoteKind::joins_nothing, word);
        read_word(part, false);
        continue;
      }
      item(part, depth, 0);
    }
    return part;
  }

  // `signs`: how many NOT, + and - stand before it already.
  void item(Part& part, std::size_t depth, std::size_t signs) {
    if (peek_operator() == "NOT") {
      if (signs < kQueryDepthMax && something_follows("NOT")) {
        at_ += 3;
        skip_space();
        return negated(part, depth, signs);
      }
      note(NoteKind::leaves_nothing_out);
      return read_word(part, false);
    }
    const char c = text_[at_];
    if ((c == '+' || c == '-') && is_sign(c)) {
      ++at_;
      if (c == '-') return negated(part, depth, signs);
      return required(part, depth, signs);
    }
    if ((c == '+' || c == '-') && (at_ + 1 == text_.size() || is_blank_at(at_ + 1))) {
      note(NoteKind::lone_sign, std::string_view(&c, 1));
      ++at_;
      return;
    }
    if (c == '(') return group(part, depth);
    if (read_phrase(part, std::nullopt)) return;
    read_word(part, true);
  }

  void required(Part& part, std::size_t depth, std::size_t signs) {
    syntax_ = true;
    Part inner;
    item(inner, depth, signs + 1);
    part.strict = true;
    std::optional<QueryNode> node = condition_of(std::move(inner));
    if (node) part.must.push_back({std::move(*node), false});
  }

  void negated(Part& part, std::size_t depth, std::size_t signs) {
    syntax_ = true;
    Part inner;
    ++negations_;
    item(inner, depth, signs + 1);
    --negations_;
    part.strict = true;
    std::optional<QueryNode> node = condition_of(std::move(inner));
    if (!node) return;
    std::vector<QueryNode> children;
    children.push_back(std::move(*node));
    part.must.push_back({combined(QueryNode::Kind::none, std::move(children)), false});
  }

  void group(Part& part, std::size_t depth) {
    ++at_;
    if (depth >= kQueryDepthMax) return note(NoteKind::nested_too_deep);
    Part inner = disjunction(depth + 1);
    if (at_end()) {
      note(NoteKind::group_not_closed);
    } else {
      ++at_;
    }
    if (!inner.strict) return append(part, std::move(inner));  // "API (REST)"
    part.strict = true;
    std::optional<QueryNode> node = condition_of(std::move(inner));
    if (node) part.must.push_back({std::move(*node), false});
  }

  Part join(QueryNode::Kind kind, std::vector<Part> parts) {
    if (parts.size() == 1) return std::move(parts.front());
    syntax_ = true;
    Part joined;
    joined.strict = true;
    std::vector<QueryNode> any;
    for (Part& part : parts) {
      std::optional<QueryNode> node = condition_of(std::move(part));
      if (!node) continue;
      if (kind == QueryNode::Kind::all) {
        joined.must.push_back({std::move(*node), false});
      } else {
        any.push_back(std::move(*node));
      }
    }
    if (!any.empty()) joined.must.push_back({combined(kind, std::move(any)), false});
    return joined;
  }

  static void append(Part& part, Part more) {
    part.strict = part.strict || more.strict;
    std::move(more.must.begin(), more.must.end(), std::back_inserter(part.must));
    std::move(more.words.begin(), more.words.end(), std::back_inserter(part.words));
  }

  static bool is_empty(const Part& part) { return part.must.empty() && part.words.empty() && !part.strict; }

  // ---- phrases and words -------------------------------------------------------------------------------------------

  // False: no phrase begins here. A quote that is not closed is skipped.
  bool read_phrase(Part& part, std::optional<Field> field) {
    const auto quotes = std::find_if(kQuotes.begin(), kQuotes.end(),
                                     [&](const Quotes& one) { return text_.substr(at_).starts_with(one.open); });
    if (quotes == kQuotes.end()) return false;
    const std::size_t start = at_ + quotes->open.size();
    const std::size_t end = text_.find(quotes->close, start);
    if (end == std::string_view::npos) {
      note(NoteKind::quote_not_closed);
      at_ = start;
      return true;
    }
    at_ = end + quotes->close.size();
    syntax_ = true;
    const std::string phrase = fold_white_space(text_.substr(start, end - start));
    rank_by(phrase);
    skip_particle();
    if (analyze_phrase(phrase).empty()) {
      if (phrase.empty()) note(NoteKind::empty_quotation);
      else note(NoteKind::phrase_asks_nothing, phrase);
      return true;
    }
    part.strict = part.strict || field.has_value();
    part.must.push_back({leaf(QueryNode::Kind::phrase, field, phrase), !field});
    return true;
  }

  // Up to white space, a parenthesis or an opening quote that is no inch.
  std::string_view word_here() const {
    std::size_t end = at_;
    while (end < text_.size() && !is_blank_at(end) && text_[end] != '(' && text_[end] != ')' &&
           (end == at_ || !opens_quote(end))) {
      next_code_point(text_, end);
    }
    return text_.substr(at_, end - at_);
  }

  void read_word(Part& part, bool with_syntax) {
    const std::string_view word = word_here();
    if (with_syntax && read_field(part, word)) return;
    at_ += word.size();
    add_word(part, std::nullopt, word, with_syntax);
  }

  void add_word(Part& part, std::optional<Field> field, std::string_view word, bool with_syntax) {
    std::vector<QueryNode> leaves;
    if (with_syntax && word.find('*') != std::string_view::npos && read_prefix(word, field, leaves)) {
      syntax_ = true;
    } else {
      rank_by(word);
      if (!analyze_phrase(word).empty()) {
        leaves.push_back(leaf(QueryNode::Kind::phrase, field, std::string(word)));
      } else if (negations_ > 0 || field) {
        note(NoteKind::word_asks_nothing, word);
      }
    }
    for (QueryNode& node : leaves) {
      if (!field) part.words.push_back(std::move(node));
      else part.must.push_back({std::move(node), false});
    }
  }

  // "retriev*". False: it is none and is read as a word, with a note.
  bool read_prefix(std::string_view word, std::optional<Field> field, std::vector<QueryNode>& leaves) {
    const std::string_view front = word.substr(0, word.size() - 1);
    std::string folded;
    if (word.ends_with('*') && front.find('*') == std::string_view::npos) folded = analyze_prefix(front);
    if (folded.empty()) {
      note(NoteKind::star_inside, word);
      return false;
    }
    leaves.push_back(leaf(QueryNode::Kind::prefix, field, folded));
    if (negations_ > 0) return true;
    append_plain(front);
    const auto known = std::find(query_.prefixes.begin(), query_.prefixes.end(), folded);
    if (known == query_.prefixes.end()) query_.prefixes.push_back(folded);
    return true;
  }

  // "title:leave", "title:\"annual leave\"". False: the word is none.
  bool read_field(Part& part, std::string_view word) {
    const std::size_t colon = word.find(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    const std::string_view name = word.substr(0, colon), rest = word.substr(colon + 1);
    const bool quoted = rest.empty() && at_ + word.size() < text_.size() && opens_quote(at_ + word.size());
    if (!std::all_of(name.begin(), name.end(), is_ascii_letter)) return false;
    if ((rest.empty() && !quoted) || rest.starts_with("//") || rest.starts_with(':')) return false;  // a URL, a::b
    const std::string folded = case_fold(name);
    const auto field = std::find(kTypedFields.begin(), kTypedFields.end(), folded);
    if (field == kTypedFields.end()) {
      note(NoteKind::no_such_field, name);
      return false;
    }
    syntax_ = true;
    part.strict = true;
    const auto which = static_cast<Field>(field - kTypedFields.begin());
    at_ += colon + 1;
    if (read_phrase(part, which)) return true;
    at_ += rest.size();
    add_word(part, which, rest, true);
    return true;
  }

  QueryNode leaf(QueryNode::Kind kind, std::optional<Field> field, std::string text) {
    ++clauses_;
    QueryNode node;
    node.kind = kind;
    node.field = field;
    node.text = std::move(text);
    return node;
  }

  // ---- characters --------------------------------------------------------------------------------------------------

  bool at_end() const { return at_ >= text_.size(); }
  bool is_blank_at(std::size_t at) const { return is_space(next_code_point(text_, at)); }
  void skip_space() {
    while (!at_end() && is_blank_at(at_)) next_code_point(text_, at_);
  }
  bool opens_quote(std::size_t at) const {
    return std::any_of(kQuotes.begin(), kQuotes.end(),
                       [&](const Quotes& one) { return text_.substr(at).starts_with(one.open); });
  }

  // + and - are signs only right before what they mean: "a - b", "-5", "--json" and "->" are none.
  bool is_sign(char c) const {
    if (at_ + 1 >= text_.size()) return false;
    const char next = text_[at_ + 1];
    if (next == '(' || opens_quote(at_ + 1)) return true;
    std::size_t at = at_ + 1;
    const char32_t point = next_code_point(text_, at);
    return is_letter(point) || (c == '+' && is_digit(point));
  }

  // AND, OR or NOT where one stands alone here.
  std::string_view peek_operator() const {
    for (const std::string_view word : {"AND", "OR", "NOT"}) {
      if (!text_.substr(at_).starts_with(word)) continue;
      const std::size_t end = at_ + word.size();
      const bool alone = end == text_.size() || is_blank_at(end) || text_[end] == '(' || text_[end] == ')' ||
                         opens_quote(end);
      if (alone) return word;
    }
    return {};
  }

  // Is there an operand behind the operator?
  bool something_follows(std::string_view word) {
    const std::size_t start = std::exchange(at_, at_ + word.size());
    skip_space();
    const std::string_view next = at_end() ? std::string_view{} : peek_operator();
    const bool follows = !at_end() && text_[at_] != ')' && (next.empty() || next == "NOT");
    at_ = start;
    return follows;
  }

  bool take_joint(std::string_view word, const Part& before) {
    skip_space();
    if (at_end() || peek_operator() != word || is_empty(before) || !something_follows(word)) return false;
    at_ += word.size();
    return true;
  }

  // What is glued to a quotation in Korean: “연차 휴가”는.
  void skip_particle() {
    if (at_end() || is_blank_at(at_)) return;
    const std::string_view word = word_here();
    if (is_particle(word)) at_ += word.size();
  }

  void rank_by(std::string_view words) {
    if (negations_ == 0) append_plain(words);
  }

  void append_plain(std::string_view words) {
    if (words.empty()) return;
    if (!query_.plain.empty()) query_.plain += ' ';
    query_.plain += words;
  }

  void note(NoteKind kind) { note(Note{kind}); }
  void note(NoteKind kind, std::string_view value) { note(Note{kind, {std::string(value)}}); }

  void note(Note note) {
    const bool known = std::find(query_.notes.begin(), query_.notes.end(), note) != query_.notes.end();
    if (!known && query_.notes.size() < kQueryNotesMax) query_.notes.push_back(std::move(note));
  }

  const std::string_view text_;
  std::size_t at_ = 0;
  std::size_t negations_ = 0;  // around what is read
  std::size_t clauses_ = 0;
  bool syntax_ = false;  // something was read that is no plain word
  ParsedQuery query_;
};

}  // namespace

std::string_view query_field_name(Field field) { return kTypedFields[static_cast<std::size_t>(field)]; }

Result<ParsedQuery> parse_query(std::string_view query) {
  const std::string composed = nfc(query);
  return Parser(composed).parse();
}

std::string query_text(const QueryNode& node) {
  const bool leaf = node.kind == QueryNode::Kind::phrase || node.kind == QueryNode::Kind::prefix;
  if (leaf) {
    const std::string field = node.field ? std::string(query_field_name(*node.field)) + ":" : "";
    if (node.kind == QueryNode::Kind::prefix) return field + node.text + "*";
    return field + (node.text.find(' ') == std::string::npos ? node.text : '"' + node.text + '"');
  }
  std::string text;
  for (const QueryNode& child : node.children) {
    if (!text.empty()) text += node.kind == QueryNode::Kind::all ? " AND " : " OR ";
    text += query_text(child);
  }
  if (node.kind == QueryNode::Kind::none) return node.children.size() == 1 ? "NOT " + text : "NOT (" + text + ")";
  return node.children.size() == 1 ? text : "(" + text + ")";
}

bool leaf_holds(const QueryNode& leaf, const PlacedTerms& text) {
  if (leaf.kind == QueryNode::Kind::phrase) return phrase_occurs(analyze_phrase(leaf.text), text);
  return std::any_of(text.terms.begin(), text.terms.end(),
                     [&](std::string_view term) { return term_begins_with(term, leaf.text); });
}

}  // namespace naru
