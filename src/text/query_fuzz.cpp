// Any bytes as a query or a text: bounded, valid terms, and sentences that together hold everything but white space.
#include <cstdlib>

#include "text/analyzer.h"
#include "text/language.h"
#include "text/sentences.h"
#include "text/token_estimate.h"
#include "text/unicode.h"

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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_terms(text);
  check_sentences(naru::repair_utf8(text));
  check(naru::is_valid_utf8(naru::nfc(text)));
  check(naru::guess_language(text).size() <= 2);
  check(text.empty() || naru::estimate_tokens(text) > 0);
  return 0;
}
