#include "store/lexical/condition.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

namespace naru {

namespace {

constexpr std::array<Field, kFields> kAllFields = {Field::body, Field::title, Field::heading, Field::name};

// Do the terms stand at their distances from each other in a row? Asked for ascending rows that have all of them.
class PhraseReader {
 public:
  PhraseReader(std::span<const PhraseTerm> phrase, std::span<const PostingList> lists) : phrase_(phrase) {
    cursors_.reserve(lists.size());
    for (const PostingList& list : lists) cursors_.emplace_back(list);
  }

  bool occurs_in(std::uint32_t row) {
    starts_.clear();
    for (std::size_t i = 0; i < cursors_.size(); ++i) {
      cursors_[i].advance_to(row);
      if (cursors_[i].row() != row || !cursors_[i].positions(places_)) return false;
      const std::uint32_t offset = phrase_[i].offset;
      std::erase_if(places_, [&](std::uint32_t place) { return place < offset; });
      for (std::uint32_t& place : places_) place -= offset;
      if (i == 0) {
        starts_ = places_;
      } else {
        std::erase_if(starts_, [&](std::uint32_t start) {
          return !std::binary_search(places_.begin(), places_.end(), start);
        });
      }
      if (starts_.empty()) return false;
    }
    return true;
  }

 private:
  const std::span<const PhraseTerm> phrase_;
  std::vector<PostingCursor> cursors_;
  std::vector<std::uint32_t> places_, starts_;  // of one term; where the phrase may begin
};

Bitmap phrase_rows(const Segment& segment, Field field, std::span<const PhraseTerm> phrase, const Bitmap& within) {
  std::vector<PostingList> lists;
  for (const PhraseTerm& term : phrase) {
    const std::optional<PostingList> list = segment.find(term.term, field);
    if (!list) return Bitmap(within.size());
    lists.push_back(*list);
  }
  if (lists.empty()) return Bitmap(within.size());
  Bitmap rows = within;
  for (const PostingList& list : lists) {
    Bitmap having(within.size());
    list.each_in(rows, [&](std::uint32_t row) { having.set(row); });
    rows = std::move(having);
  }
  if (lists.size() == 1) return rows;
  PhraseReader reader(phrase, lists);
  Bitmap found(within.size());
  rows.each([&](std::size_t row) {
    if (reader.occurs_in(static_cast<std::uint32_t>(row))) found.set(row);
  });
  return found;
}

Bitmap prefix_rows(const Segment& segment, Field field, const std::string& prefix, const Bitmap& within) {
  Bitmap rows(within.size());
  for (const std::string& front : prefix_ranges(prefix)) {
    const auto [first, last] = segment.prefix_range(field, front);
    for (std::size_t i = first; i < last; ++i) {
      if (!term_begins_with(segment.term(i), prefix)) continue;
      segment.list(i).each_in(within, [&](std::uint32_t row) { rows.set(row); });
    }
  }
  return rows;
}

Bitmap leaf_rows(const Segment& segment, const QueryNode& leaf, const Bitmap& within) {
  const bool prefix = leaf.kind == QueryNode::Kind::prefix;
  const std::vector<PhraseTerm> phrase = prefix ? std::vector<PhraseTerm>() : analyze_phrase(leaf.text);
  Bitmap rows(within.size());
  for (const Field field : kAllFields) {
    if (leaf.field && *leaf.field != field) continue;
    rows.unite(prefix ? prefix_rows(segment, field, leaf.text, within) : phrase_rows(segment, field, phrase, within));
  }
  return rows;
}

// Rows of one segment within `within`. The recursion is as deep as the query is nested, which its parser bounds.
Bitmap rows_of(const Segment& segment, const QueryNode& node, const Bitmap& within) {
  switch (node.kind) {
    case QueryNode::Kind::all: {
      Bitmap rows = within;
      for (const QueryNode& child : node.children) rows = rows_of(segment, child, rows);
      return rows;
    }
    case QueryNode::Kind::any:
    case QueryNode::Kind::none: {
      Bitmap found(within.size());
      for (const QueryNode& child : node.children) found.unite(rows_of(segment, child, within));
      if (node.kind == QueryNode::Kind::any) return found;
      Bitmap rest = within;
      rest.subtract(found);
      return rest;
    }
    case QueryNode::Kind::phrase:
    case QueryNode::Kind::prefix:
      break;
  }
  return leaf_rows(segment, node, within);
}

}  // namespace

RowMask rows_where(std::span<const SegmentView> views, const QueryNode& condition) {
  RowMask mask;
  for (const SegmentView& view : views) mask.views.push_back(rows_of(*view.segment, condition, view.visible));
  return mask;
}

std::vector<WordCount> find_words(std::span<const SegmentView> views, std::string_view front,
                                  const std::function<bool(std::string_view)>& wanted) {
  using Counts = std::array<std::uint64_t, kFields>;
  std::map<std::string, Counts, std::less<>> counts;
  for (const SegmentView& view : views) {
    for (const Field field : kAllFields) {
      const auto [first, last] = view.segment->prefix_range(field, front);
      for (std::size_t i = first; i < last; ++i) {
        const std::string_view term = view.segment->term(i);
        if (!wanted(term)) continue;
        std::uint64_t rows = 0;
        view.segment->list(i).each_in(view.visible, [&](std::uint32_t) { ++rows; });
        if (rows > 0) counts[std::string(term)][static_cast<std::size_t>(field)] += rows;
      }
    }
  }
  std::vector<WordCount> words;
  for (const auto& [term, rows] : counts) words.push_back({term, *std::max_element(rows.begin(), rows.end())});
  return words;
}

}  // namespace naru
