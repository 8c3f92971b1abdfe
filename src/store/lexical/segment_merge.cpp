#include "store/lexical/segment_merge.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "store/lexical/ordered_term.h"
#include "store/lexical/segment_writer.h"

namespace naru {

namespace {

constexpr std::uint32_t kGone = ~0U;  // a row that is not in the merged segment

// Where the rows of one input go.
struct Target {
  std::vector<std::uint32_t> rows;  // by row of the input: the row of the merged segment
  bool whole = true;                // no row is gone, so that all ascend
};

struct Source {
  std::uint32_t input, row;
};

// The surviving rows, by document, and within a document as the inputs have them.
std::vector<Source> surviving_rows(std::span<const MergeInput> inputs) {
  std::vector<Source> order;
  for (std::uint32_t i = 0; i < inputs.size(); ++i) {
    inputs[i].alive->each([&](std::size_t row) { order.push_back({i, static_cast<std::uint32_t>(row)}); });
  }
  std::stable_sort(order.begin(), order.end(), [&](const Source& a, const Source& b) {
    const SegmentRow& left = inputs[a.input].segment->row(a.row);
    const SegmentRow& right = inputs[b.input].segment->row(b.row);
    return std::pair(left.document, left.chunk) < std::pair(right.document, right.chunk);
  });
  return order;
}

// Postings of one term from several segments, put into the order of the merged rows.
class TermMerger {
 public:
  void clear() {
    merged_.postings.clear();
    merged_.positions.clear();
    pieces_.clear();
    in_pieces_ = false;
  }

  // False: the positions do not fit the postings.
  bool take(const TermPostings& from, const Target& target) {
    if (target.whole && !in_pieces_ && follows(target.rows[from.postings.front().row])) {
      for (const Posting& posting : from.postings) {
        merged_.postings.push_back({target.rows[posting.row], posting.frequency});
      }
      merged_.positions += from.positions;
      return true;
    }
    if (!in_pieces_ && !cut(merged_.positions, merged_.postings)) return false;
    in_pieces_ = true;
    const std::size_t start = merged_.positions.size();
    std::vector<Posting> postings;
    for (const Posting& posting : from.postings) postings.push_back({target.rows[posting.row], posting.frequency});
    merged_.positions += from.positions;
    return cut(std::string_view(merged_.positions).substr(start), postings);
  }

  // The list in order; empty where all rows are gone.
  const TermPostings& merged() {
    if (!in_pieces_) return merged_;
    std::sort(pieces_.begin(), pieces_.end(),
              [](const Piece& a, const Piece& b) { return a.posting.row < b.posting.row; });
    sorted_.postings.clear();
    sorted_.positions.clear();
    for (const Piece& piece : pieces_) {
      sorted_.postings.push_back(piece.posting);
      sorted_.positions.append(merged_.positions, piece.at, piece.size);
    }
    return sorted_;
  }

 private:
  struct Piece {
    Posting posting;
    std::size_t at = 0, size = 0;  // of its positions in merged_
  };

  bool follows(std::uint32_t row) const { return merged_.postings.empty() || merged_.postings.back().row < row; }

  // Makes pieces of postings whose positions are `positions`, a part of merged_.
  bool cut(std::string_view positions, const std::vector<Posting>& postings) {
    const char* at = positions.data();
    const char* const end = at + positions.size();
    for (const Posting& posting : postings) {
      const char* const after = skip_varints(at, end, posting.frequency);
      if (after == nullptr) return false;
      if (posting.row != kGone) {
        const auto place = static_cast<std::size_t>(at - merged_.positions.data());
        pieces_.push_back({posting, place, static_cast<std::size_t>(after - at)});
      }
      at = after;
    }
    return true;
  }

  TermPostings merged_;        // as the inputs have them
  bool in_pieces_ = false;     // it is not in order, or has gone rows
  std::vector<Piece> pieces_;  // then: what stays of it
  TermPostings sorted_;
};

// One input in one field: where it stands.
struct Front {
  const Segment* segment;
  std::size_t at, end;
  OrderedTerm term;  // at `at`

  void go_to(std::size_t i) {
    at = i;
    if (at < end) term = OrderedTerm(segment->term(at));
  }
};

// In each step the smallest term that an input stands at, its postings from all inputs that stand there.
Status merge_terms(std::span<const MergeInput> inputs, Field field, const std::vector<Target>& targets,
                   const std::function<bool()>& go_on, SegmentWriter& writer) {
  std::vector<Front> fronts;
  for (const MergeInput& input : inputs) {
    const auto [first, last] = input.segment->term_range(field);
    fronts.push_back({input.segment, first, last, {}});
    fronts.back().go_to(first);
  }
  TermPostings list;
  TermMerger merger;
  while (true) {
    std::optional<OrderedTerm> term;
    for (const Front& front : fronts) {
      if (front.at < front.end && (!term || front.term < *term)) term = front.term;
    }
    if (!term) return {};
    if (go_on && !go_on()) return Error(Code::cancelled, "the merge was given up");
    merger.clear();
    for (std::size_t i = 0; i < fronts.size(); ++i) {
      Front& front = fronts[i];
      if (front.at == front.end || !(front.term == *term)) continue;
      NARU_TRY(front.segment->read_list(front.at, list));
      if (!merger.take(list, targets[i])) return Error(Code::corrupt, "positions do not fit their postings");
      front.go_to(front.at + 1);
    }
    const TermPostings& merged = merger.merged();
    if (!merged.postings.empty()) NARU_TRY(writer.add(field, term->view(), merged));
  }
}

// By their first rows: what was added later is mostly behind, and lists are then put one behind the other.
std::vector<MergeInput> in_row_order(std::span<const MergeInput> inputs) {
  std::vector<MergeInput> order;
  for (const MergeInput& input : inputs) {
    if (input.segment->rows() > 0) order.push_back(input);
  }
  std::stable_sort(order.begin(), order.end(), [](const MergeInput& a, const MergeInput& b) {
    const SegmentRow &left = a.segment->row(0), &right = b.segment->row(0);
    return std::pair(left.document, left.chunk) < std::pair(right.document, right.chunk);
  });
  return order;
}

}  // namespace

Result<SegmentFile> merge_segments(std::span<const MergeInput> named, const std::string& folder,
                                   const std::function<bool()>& go_on) {
  const std::vector<MergeInput> inputs = in_row_order(named);
  const std::vector<Source> order = surviving_rows(inputs);
  std::vector<Target> targets(inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    targets[i].rows.assign(inputs[i].segment->rows(), kGone);
    targets[i].whole = inputs[i].alive->count() == inputs[i].segment->rows();
  }
  std::vector<SegmentRow> rows;
  FieldLengths lengths;
  rows.reserve(order.size());
  for (const Source& source : order) {
    const Segment& segment = *inputs[source.input].segment;
    targets[source.input].rows[source.row] = static_cast<std::uint32_t>(rows.size());
    rows.push_back(segment.row(source.row));
    for (std::size_t f = 1; f < kFields; ++f) {
      lengths[f].push_back(static_cast<std::uint8_t>(segment.length(static_cast<Field>(f), source.row)));
    }
  }
  SegmentWriter writer(rows, std::move(lengths));
  for (std::size_t f = 0; f < kFields; ++f) {
    NARU_TRY(merge_terms(inputs, static_cast<Field>(f), targets, go_on, writer));
  }
  return writer.write(folder);
}

}  // namespace naru
