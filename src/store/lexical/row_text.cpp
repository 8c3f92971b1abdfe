#include "store/lexical/row_text.h"

#include <algorithm>

#include "runtime/files.h"

namespace naru {

namespace {

// Places between two headings of a path, so that no phrase goes from one into the other.
constexpr std::uint32_t kHeadingGap = 1;

void append(PlacedTerms& to, const PlacedTerms& from, std::uint32_t offset) {
  const std::size_t room = kFieldTermsMax - to.terms.size();
  for (std::size_t i = 0; i < std::min(room, from.terms.size()); ++i) {
    to.terms.push_back(from.terms[i]);
    to.positions.push_back(from.positions[i] + offset);
  }
}

}  // namespace

std::string indexed_name(std::string_view format, std::string_view key) {
  return format == "jsonl" ? std::string() : file_name(key);
}

const RowTerms& RowAnalyzer::analyze(const RowText& row) {
  analyze_places(row.body, terms_[static_cast<std::size_t>(Field::body)]);
  if (row.title != title_) analyze_line(Field::title, title_ = row.title);
  if (row.name != name_) analyze_line(Field::name, name_ = row.name);
  if (!std::equal(headings_.begin(), headings_.end(), row.heading_path.begin(), row.heading_path.end())) {
    analyze_headings(row.heading_path);
  }
  return terms_;
}

void RowAnalyzer::analyze_line(Field field, std::string_view text) {
  PlacedTerms& terms = terms_[static_cast<std::size_t>(field)] = {};
  append(terms, analyze_places(text), 0);
}

void RowAnalyzer::analyze_headings(std::span<const std::string> path) {
  headings_.assign(path.begin(), path.end());
  PlacedTerms& terms = terms_[static_cast<std::size_t>(Field::heading)] = {};
  for (const std::string& heading : headings_) {
    if (terms.terms.size() == kFieldTermsMax) return;
    const std::uint32_t offset = terms.positions.empty() ? 0 : terms.positions.back() + 1 + kHeadingGap;
    append(terms, analyze_places(heading), offset);
  }
}

}  // namespace naru
