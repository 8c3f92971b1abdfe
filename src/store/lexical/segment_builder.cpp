#include "store/lexical/segment_builder.h"

#include <xxhash.h>

#include <algorithm>

#include "base/assert.h"
#include "store/lexical/ordered_term.h"
#include "store/lexical/segment_writer.h"

namespace naru {

namespace {

constexpr std::size_t kPlacesMin = 1024;  // what a commit of a few rows needs is not grown step by step

}  // namespace

// ---- numbers of terms ----

std::uint32_t TermNumbers::number(std::string_view term) {
  if (2 * terms_.size() >= places_.size()) grow();
  const std::uint64_t hash = XXH3_64bits(term.data(), term.size());
  const std::size_t mask = places_.size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    if (places_[at] == 0) {
      terms_.push_back(term);
      hashes_.push_back(hash);
      places_[at] = static_cast<std::uint32_t>(terms_.size());
      return places_[at] - 1;
    }
    const std::uint32_t here = places_[at] - 1;
    if (hashes_[here] == hash && terms_[here] == term) return here;
  }
}

void TermNumbers::grow() {
  places_.assign(std::max(kPlacesMin, 2 * places_.size()), 0);
  const std::size_t mask = places_.size() - 1;
  for (std::size_t i = 0; i < hashes_.size(); ++i) {
    std::size_t at = hashes_[i] & mask;
    while (places_[at] != 0) at = (at + 1) & mask;
    places_[at] = static_cast<std::uint32_t>(i + 1);
  }
}

std::vector<std::uint32_t> TermNumbers::in_order() const {
  std::vector<std::pair<OrderedTerm, std::uint32_t>> terms;
  terms.reserve(size());
  for (std::size_t i = 0; i < size(); ++i) terms.emplace_back(terms_[i], static_cast<std::uint32_t>(i));
  std::sort(terms.begin(), terms.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::uint32_t> order;
  order.reserve(size());
  for (const auto& [term, number] : terms) order.push_back(number);
  return order;
}

// ---- building ----

void SegmentBuilder::add(SegmentRow row, const RowTerms& terms) {
  NARU_ASSERT(rows_.empty() || rows_.back().document <= row.document);
  row.length = static_cast<std::uint32_t>(terms[0].terms.size());
  rows_.push_back(row);
  for (std::size_t f = 0; f < kFields; ++f) {
    const PlacedTerms& field = terms[f];
    if (f > 0) {
      NARU_ASSERT(field.terms.size() <= kFieldTermsMax);
      lengths_[f].push_back(static_cast<std::uint8_t>(field.terms.size()));
    }
    FieldLog& log = logs_[f];
    for (std::size_t i = 0; i < field.terms.size(); ++i) {
      log.occurrences.push_back({log.terms.number(field.terms[i]), field.positions[i]});
    }
    log.row_ends.push_back(log.occurrences.size());
  }
}

void SegmentBuilder::add(SegmentRow row, const std::vector<std::string>& terms) {
  RowTerms all;
  all[0].terms = TermList(terms);
  for (std::uint32_t i = 0; i < terms.size(); ++i) all[0].positions.push_back(i);
  add(row, all);
}

Result<SegmentFile> SegmentBuilder::write(const std::string& folder) const {
  struct Place {
    std::uint32_t row, position;
  };
  SegmentWriter writer(rows_, lengths_);
  TermPostings list;
  for (std::size_t f = 0; f < kFields; ++f) {
    const FieldLog& log = logs_[f];
    // A counting sort: by term, and within one by row and position as they came.
    std::vector<std::size_t> ends(log.terms.size() + 1);  // where the places of a number end, once all are there
    for (const Occurrence& occurrence : log.occurrences) ++ends[occurrence.number + 1];
    for (std::size_t i = 1; i < ends.size(); ++i) ends[i] += ends[i - 1];
    std::vector<Place> places(log.occurrences.size());
    std::size_t at = 0;
    for (std::uint32_t row = 0; row < log.row_ends.size(); ++row) {
      for (; at < log.row_ends[row]; ++at) {
        places[ends[log.occurrences[at].number]++] = {row, log.occurrences[at].position};
      }
    }
    for (const std::uint32_t number : log.terms.in_order()) {
      list.postings.clear();
      list.positions.clear();
      std::uint32_t last_position = 0;
      for (std::size_t i = number == 0 ? 0 : ends[number - 1]; i < ends[number]; ++i) {
        if (list.postings.empty() || list.postings.back().row != places[i].row) {
          list.postings.push_back({places[i].row, 0});
          last_position = 0;
        }
        ++list.postings.back().frequency;
        put_varint(list.positions, places[i].position - last_position);
        last_position = places[i].position;
      }
      NARU_TRY(writer.add(static_cast<Field>(f), log.terms.term(number), list));
    }
  }
  return writer.write(folder);
}

}  // namespace naru
