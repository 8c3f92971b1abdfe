// Any bytes as a query or a text: bounded, valid terms, sentences that together hold everything but white space, a
// query language that takes whatever is typed, and what repair and word lists make of it.
#include <cstdlib>

#include "text/analyzer.h"
#include "text/hangul_keyboard.h"
#include "text/language.h"
#include "text/query_syntax.h"
#include "text/sentences.h"
#include "text/token_estimate.h"
#include "text/typo.h"
#include "text/unicode.h"
#include "text/word_lists.h"

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

// A syllable gives at most a bigram and a share of a word, an identifier itself and its parts.
constexpr std::size_t kTermsPerByteMax = 2;

void check_terms(std::string_view text) {
  const std::vector<std::string> terms = naru::analyze(text);
  check(terms.size() <= text.size() * kTermsPerByteMax);
  for (const std::string& term : terms) {
    check(!term.empty() && term.size() <= naru::kTermBytesMax && naru::is_valid_utf8(term));
  }
  check(terms == naru::analyze(naru::nfc(text)));
  for (const naru::QueryTerm& term : naru::analyze_query(text)) check(term.weight > 0 && !term.term.empty());
}

void check_sentences(std::string_view text) {
  std::size_t done = 0;
  const auto only_space = [&](std::size_t end) {
    while (done < end) check(naru::is_space(naru::next_code_point(text, done)));
    check(done == end);
  };
  for (const naru::TextRange range : naru::split_sentences(text)) {
    check(range.start < range.end && range.end <= text.size());
    only_space(range.start);
    done = range.end;
  }
  only_space(text.size());
}

// Leaves ask for something, and a text of their own words meets them.
std::size_t check_condition(const naru::QueryNode& node, std::size_t depth) {
  check(depth <= 8 * naru::kQueryDepthMax);
  const bool leaf = node.kind == naru::QueryNode::Kind::phrase || node.kind == naru::QueryNode::Kind::prefix;
  check(leaf == node.children.empty());
  if (node.kind == naru::QueryNode::Kind::phrase) check(naru::leaf_holds(node, naru::analyze_places(node.text)));
  if (node.kind == naru::QueryNode::Kind::prefix) check(!node.text.empty() && !naru::prefix_ranges(node.text).empty());
  std::size_t leaves = leaf ? 1 : 0;
  for (const naru::QueryNode& child : node.children) leaves += check_condition(child, depth + 1);
  return leaves;
}

void check_query(std::string_view text) {
  const naru::Result<naru::ParsedQuery> parsed = naru::parse_query(text);
  if (!parsed) return;  // too many clauses
  check(parsed->notes.size() <= naru::kQueryNotesMax);
  check(naru::is_valid_utf8(parsed->plain) && parsed->plain.size() <= naru::nfc(text).size());
  std::size_t leaves = 0;
  for (const naru::QueryCondition& condition : parsed->conditions) leaves += check_condition(condition.node, 0);
  check(leaves <= naru::kQueryClausesMax);
  // Without a condition or a front of a word it is the query itself, or its words in their order.
  if (parsed->conditions.empty() && parsed->prefixes.empty() && parsed->notes.empty()) {
    check(naru::analyze(parsed->plain) == naru::analyze(text));
  }
}

void check_keyboard(std::string_view text) {
  const std::string hangul = naru::hangul_of_keys(text);
  check(hangul.empty() || naru::hangul_of_keys(naru::keys_of_hangul(hangul)) == hangul);
  const std::string_view half = text.substr(0, text.size() / 2), rest = text.substr(text.size() / 2);
  const std::size_t most = 2;
  check(naru::typo_distance(half, rest, most) == naru::typo_distance(rest, half, most));
  check(text.size() > naru::kTypoBytesMax || naru::typo_distance(text, text, most) == 0);
}

void check_lists(std::string_view text) {
  naru::WordLists lists;
  lists.add_synonyms(text);
  lists.add_house_terms(text);
  lists.add_stop_words(text);
  const std::string query = naru::nfc(text);
  std::vector<naru::QueryTerm> terms = naru::analyze_query(lists.without_stop_words(query));
  lists.expand(query, terms);
  for (const naru::QueryTerm& term : terms) check(term.weight > 0 && !term.term.empty());
}

// Both are quadratic in a text of nothing but rules.
constexpr std::size_t kListBytesMax = 4096;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_terms(text);
  check_query(text);
  check_keyboard(text);
  if (text.size() <= kListBytesMax) check_lists(text);
  check_sentences(naru::repair_utf8(text));
  check(naru::is_valid_utf8(naru::nfc(text)));
  check(naru::guess_language(text).size() <= 2);
  check(text.empty() || naru::estimate_tokens(text) > 0);
  return 0;
}
