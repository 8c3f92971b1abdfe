// chunk: a Document becomes slices of its text, each small enough for the embedder and each with its heading path.
//
// Cuts are anchored to content. A text that is too long is cut at its best boundary (the highest heading, else a
// paragraph, a list item, a sentence, chosen among equals by the hash of the words that follow), and its halves again
// until each fits. Where a cut falls depends on what stands there and hardly on how much stands before it, so one
// inserted sentence changes the chunk it stands in and seldom a neighbour; greedy packing would move every later cut.
// Every chunk is an exact slice of document_text(); rows of a table and lines of code are never cut inside unless one
// alone is too long. Running heads are no part of the text: each is in a chunk once, apart from it; page numbers are in
// none.
#include <algorithm>
#include <limits>

#include "flow/chunk_id.h"
#include "naru/registry.h"
#include "record/running_heads.h"
#include "record/table_header.h"
#include "text/sentences.h"
#include "text/token_estimate.h"
#include "text/unicode.h"

namespace naru {

namespace {

// What stands at the start of a unit decides how good a cut before it is. Higher is better.
enum class Cut : std::uint8_t {
  after_heading = 1,  // would part a heading from its text
  word = 2,
  row = 3,  // of a table, line of code
  sentence = 4,
  list_item = 5,
  paragraph = 6,
  heading = 8,  // 8..13: level 6..1
};

// The part of a document that no cut goes through.
struct Unit {
  std::size_t start = 0, end = 0;  // in document_text()
  std::size_t block = 0;
  std::uint64_t tokens = 0;
  std::uint64_t rank = 0;  // of a cut before it: Cut, then content
  bool apart = false;      // no chunk holds it and what stands before it
};

// How many bytes of what follows a cut are its anchor: enough to tell sentences apart, few enough that an edit further
// on leaves the cut where it is.
constexpr std::size_t kAnchorBytes = 48;
constexpr int kRankShift = 56;

std::uint64_t rank_of(std::uint8_t cut, std::string_view following) {
  const std::uint64_t anchor = hash128(following.substr(0, kAnchorBytes)).low;
  return (std::uint64_t{cut} << kRankShift) | (anchor >> (64 - kRankShift));
}

std::uint8_t heading_cut(std::uint32_t level) {
  const std::uint32_t clamped = std::clamp<std::uint32_t>(level, 1, 6);
  return static_cast<std::uint8_t>(static_cast<std::uint32_t>(Cut::heading) + 6 - clamped);
}

bool is_blank(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (!is_space(next_code_point(text, at))) return false;
  }
  return true;
}

// The best rank in a range of units, in O(log n): a document of identical lines must not cost n² looks.
class BestCut {
 public:
  explicit BestCut(const std::vector<Unit>& units) : units_(units) {
    while (width_ < units.size()) width_ *= 2;
    best_.assign(2 * width_, kNone);
    for (std::size_t i = 0; i < units.size(); ++i) best_[width_ + i] = i;
    for (std::size_t i = width_ - 1; i > 0; --i) best_[i] = better(best_[2 * i], best_[2 * i + 1]);
  }

  // The first of the best among [first, last); units.size() if that is empty.
  std::size_t in(std::size_t first, std::size_t last) const {
    std::size_t best = kNone;
    for (std::size_t a = first + width_, b = last + width_; a < b; a /= 2, b /= 2) {
      if (a % 2 == 1) best = better(best, best_[a++]);
      if (b % 2 == 1) best = better(best, best_[--b]);
    }
    return best == kNone ? units_.size() : best;
  }

 private:
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
  std::size_t better(std::size_t a, std::size_t b) const {
    if (a == kNone || b == kNone) return a == kNone ? b : a;
    if (units_[a].rank != units_[b].rank) return units_[a].rank > units_[b].rank ? a : b;
    return std::min(a, b);
  }
  const std::vector<Unit>& units_;
  std::size_t width_ = 1;
  std::vector<std::size_t> best_;
};

struct Limits {
  std::uint64_t max_tokens = 256;
  std::uint64_t min_tokens = 32;
  const Tokenizer* tokenizer = nullptr;
  std::uint64_t count(std::string_view text) const {
    return tokenizer == nullptr ? estimate_tokens(text) : tokenizer->count(text);
  }
};

// Splits the blocks of one document into units, in order.
class UnitSplitter {
 public:
  UnitSplitter(const Document& document, std::string_view text, const Limits& limits)
      : document_(document), text_(text), limits_(limits) {}

  std::vector<Unit> split() {
    std::size_t start = 0;
    const std::vector<bool> repeated = repeated_heads(document_);
    bool in_heads = false;
    for (block_ = 0; block_ < document_.blocks.size(); ++block_) {
      const Block& block = document_.blocks[block_];
      apart_ = apart_ || repeated[block_] || is_running_head(block) != in_heads;
      in_heads = is_running_head(block);
      if (!repeated[block_]) split_block(block, start);
      start += block.text.size() + kBlockSeparator.size();
    }
    return std::move(units_);
  }

 private:
  void split_block(const Block& block, std::size_t start) {
    if (is_blank(block.text)) return;
    const std::uint8_t cut = cut_before(block);
    after_heading_ = block.kind == BlockKind::heading;
    const std::uint64_t tokens = limits_.count(block.text);
    // Half the limit: a heading and what follows it, or two short paragraphs, then still fit together.
    if (tokens <= limits_.max_tokens / 2) return add(start, start + block.text.size(), tokens, cut);
    const bool lines = block.kind == BlockKind::table || block.kind == BlockKind::code;
    if (lines) return split_lines(start, start + block.text.size(), cut);
    split_sentences_of(start, start + block.text.size(), cut);
  }

  std::uint8_t cut_before(const Block& block) const {
    if (block.kind == BlockKind::heading && !after_heading_) return heading_cut(block.level);
    if (after_heading_) {
      // A heading under a heading: better parted from the one above than from its own text, but only then.
      return static_cast<std::uint8_t>(block.kind == BlockKind::heading ? Cut::word : Cut::after_heading);
    }
    return static_cast<std::uint8_t>(block.kind == BlockKind::list_item ? Cut::list_item : Cut::paragraph);
  }

  void split_lines(std::size_t start, std::size_t end, std::uint8_t cut) {
    while (start < end) {
      const std::size_t found = text_.substr(0, end).find('\n', start);
      const std::size_t line_end = found == std::string_view::npos ? end : found;
      if (!is_blank(text_.substr(start, line_end - start))) {
        add_or_split_words(start, line_end, cut);
        cut = static_cast<std::uint8_t>(Cut::row);
      }
      start = line_end + 1;
    }
  }

  void split_sentences_of(std::size_t start, std::size_t end, std::uint8_t cut) {
    for (const TextRange& sentence : split_sentences(text_.substr(start, end - start))) {
      add_or_split_words(start + sentence.start, start + sentence.end, cut);
      cut = static_cast<std::uint8_t>(Cut::sentence);
    }
  }

  // A line or sentence that is too long alone: cut after white space, or anywhere where there is none.
  void add_or_split_words(std::size_t start, std::size_t end, std::uint8_t cut) {
    const std::uint64_t limit = std::max<std::uint64_t>(limits_.max_tokens / 2, 1);
    const std::uint64_t tokens = limits_.count(text_.substr(start, end - start));
    if (tokens <= limit) return add(start, end, tokens, cut);
    std::size_t piece = start, word_end = start, at = start;
    std::size_t look_at = start + limit;  // a token has at least one byte: before that a piece cannot be too long
    while (at < end) {
      const std::size_t before = at;
      const char32_t c = next_code_point(text_, at);
      if (is_space(c)) word_end = before;
      if (at < look_at) continue;
      const std::uint64_t counted = limits_.count(text_.substr(piece, at - piece));
      if (counted < limit) {
        look_at = at + (limit - counted);
        continue;
      }
      const std::size_t stop = word_end > piece ? word_end : before > piece ? before : at;
      add(piece, stop, limits_.count(text_.substr(piece, stop - piece)), cut);
      cut = static_cast<std::uint8_t>(Cut::word);
      piece = skip_space(stop, end);
      word_end = piece;
      at = piece;
      look_at = piece + limit;
    }
    if (piece < end) add(piece, end, limits_.count(text_.substr(piece, end - piece)), cut);
  }

  std::size_t skip_space(std::size_t at, std::size_t end) const {
    while (at < end) {
      std::size_t next = at;
      if (!is_space(next_code_point(text_, next))) break;
      at = next;
    }
    return at;
  }

  void add(std::size_t start, std::size_t end, std::uint64_t tokens, std::uint8_t cut) {
    const std::string_view text = text_.substr(start, end - start);
    if (is_blank(text)) return;
    units_.push_back({start, end, block_, std::max<std::uint64_t>(tokens, 1), rank_of(cut, text), apart_});
    apart_ = false;
  }

  const Document& document_;
  const std::string_view text_;
  const Limits& limits_;
  std::size_t block_ = 0;
  bool after_heading_ = false, apart_ = false;
  std::vector<Unit> units_;
};

struct UnitRange {
  std::size_t first = 0, last = 0;  // units [first, last)
};

// Cuts all units into ranges of at most max_tokens, leaving at least min_tokens on both sides of a cut where it can.
std::vector<UnitRange> cut_ranges(const std::vector<Unit>& units, const Limits& limits) {
  std::vector<std::uint64_t> sum(units.size() + 1);  // tokens before unit i
  for (std::size_t i = 0; i < units.size(); ++i) sum[i + 1] = sum[i] + units[i].tokens;
  const BestCut best(units);
  std::vector<UnitRange> done, open;  // `open` is a stack, rightmost range at its bottom
  for (std::size_t i = units.size(), end = i; i-- > 0;) {
    if (i > 0 && !units[i].apart) continue;
    open.push_back({i, end});
    end = i;
  }
  while (!open.empty()) {
    const UnitRange range = open.back();
    open.pop_back();
    if (sum[range.last] - sum[range.first] <= limits.max_tokens || range.last - range.first == 1) {
      done.push_back(range);
      continue;
    }
    const auto begin = sum.begin();
    const auto low =
        std::lower_bound(begin + static_cast<std::ptrdiff_t>(range.first) + 1,
                         begin + static_cast<std::ptrdiff_t>(range.last), sum[range.first] + limits.min_tokens);
    const auto high = std::upper_bound(low, begin + static_cast<std::ptrdiff_t>(range.last),
                                       sum[range.last] - std::min(limits.min_tokens, sum[range.last]));
    std::size_t cut = best.in(static_cast<std::size_t>(low - begin), static_cast<std::size_t>(high - begin));
    if (low >= high) cut = best.in(range.first + 1, range.last);  // two long units: one of them is short of the minimum
    open.push_back({cut, range.last});
    open.push_back({range.first, cut});
  }
  return done;
}

// Which line of its block's text an offset stands in. Asked for in order, it looks at each byte once.
class LineCounter {
 public:
  std::uint32_t line_at(std::size_t block, std::string_view text, std::size_t offset) {
    if (block != block_ || offset < at_) *this = LineCounter(block);
    lines_ += static_cast<std::uint32_t>(std::count(text.data() + at_, text.data() + offset, '\n'));
    at_ = offset;
    return lines_;
  }
  LineCounter() = default;

 private:
  explicit LineCounter(std::size_t block) : block_(block) {}
  std::size_t block_ = 0, at_ = 0;
  std::uint32_t lines_ = 0;
};

// Headings above both; a chunk over several sections is in what they share.
std::vector<std::string> path_of(const Document& document, std::size_t first_block, std::size_t last_block) {
  std::vector<std::string> path;
  bool started = false;
  for (std::size_t i = first_block; i <= last_block; ++i) {
    const Block& block = document.blocks[i];
    std::vector<std::string> here = block.heading_path;
    if (block.kind == BlockKind::heading) here.push_back(block.text);
    if (!started) {
      path = std::move(here);
      started = true;
      continue;
    }
    const auto differs = std::mismatch(path.begin(), path.end(), here.begin(), here.end()).first;
    path.erase(differs, path.end());
  }
  return path;
}

// Where the slice [start, end) of the document's text lies in the original: what its blocks say, exactly where a
// block's bytes are its text.
Locator locate(const Document& document, const std::vector<std::size_t>& block_starts, std::size_t first_block,
               std::size_t last_block, std::size_t start, std::size_t end, LineCounter& lines) {
  Locator locator;
  for (std::size_t i = first_block; i <= last_block; ++i) {
    const Block& block = document.blocks[i];
    Locator here = block.locator;
    const std::size_t from = std::max(start, block_starts[i]) - block_starts[i];
    const std::size_t to = std::min(end - block_starts[i], block.text.size());
    // A part of a sheet's table stands in fewer of its rows: each is a line of the text.
    if (here.cells && block.cells.size() == std::size_t{here.cells->last_row} - here.cells->first_row + 1) {
      const std::uint32_t first_row = here.cells->first_row;
      here.cells->first_row = first_row + lines.line_at(i, block.text, from);
      here.cells->last_row = std::min(here.cells->last_row, first_row + lines.line_at(i, block.text, to));
    }
    if (here.bytes && here.bytes->end - here.bytes->start == block.text.size()) {
      const std::size_t block_end = block_starts[i] + block.text.size();
      if (end < block_end) here.bytes->end -= block_end - end;
      if (start > block_starts[i]) here.bytes->start += start - block_starts[i];
    }
    if (i == first_block) {
      locator = std::move(here);
    } else {
      widen(locator, here);
    }
  }
  return locator;
}

std::vector<Chunk> cut_document(const Document& document, const Limits& limits) {
  const std::string text = document_text(document);
  std::vector<std::size_t> block_starts;
  std::size_t at = 0;
  for (const Block& block : document.blocks) {
    block_starts.push_back(at);
    at += block.text.size() + kBlockSeparator.size();
  }
  const std::vector<Unit> units = UnitSplitter(document, text, limits).split();
  std::vector<Chunk> chunks;
  LineCounter lines;
  for (const UnitRange& range : cut_ranges(units, limits)) {
    const Unit& first = units[range.first];
    const Unit& last = units[range.last - 1];
    Chunk chunk;
    chunk.text_start = first.start;
    chunk.text_end = last.end;
    chunk.text = text.substr(first.start, last.end - first.start);
    chunk.heading_path = path_of(document, first.block, last.block);
    if (first.block == last.block) {
      const Block& block = document.blocks[first.block];
      const std::size_t header_bytes = table_header_bytes(block);
      const bool holds_header = first.start - block_starts[first.block] < header_bytes;
      if (header_bytes > 0 && !holds_header) chunk.heading_path.push_back(table_header(block));
    }
    chunk.locator = locate(document, block_starts, first.block, last.block, first.start, last.end, lines);
    chunks.push_back(std::move(chunk));
  }
  return chunks;
}

class ChunkStep : public Operator {
 public:
  ChunkStep(Limits limits, Id128 fingerprint) : limits_(limits), fingerprint_(fingerprint) {}

  // The document goes on, followed by its chunks in order.
  Result<Batch> process(Batch batch, WorkerState*, std::stop_token stop) const override {
    Batch out;
    for (Record& record : batch) {
      if (stop.stop_requested()) return Error(Code::cancelled, "stopped while chunking");
      const Document* document = std::get_if<Document>(&record.payload);
      if (document == nullptr) return Error(Code::invalid_argument, "chunk needs documents: put parse before it");
      std::vector<Chunk> chunks = cut_document(*document, limits_);
      assign_chunk_ids(make_doc_id(record.lineage.source, record.lineage.item), chunks);
      const Record& parent = out.emplace_back(std::move(record));
      Record sample{parent.key, parent.media_hint, {}, {}, parent.lineage, parent.label, parent.change};
      for (Chunk& chunk : chunks) {
        sample.payload = std::move(chunk);
        out.push_back(sample);
      }
    }
    return out;
  }

  Id128 fingerprint() const override { return fingerprint_; }

 private:
  const Limits limits_;
  const Id128 fingerprint_;
};

// The smallest limit that leaves room for a sentence; the largest context of the embedders we know.
constexpr double kMaxTokensLow = 16, kMaxTokensHigh = 8192;
// A fifth of the limit, unless the configuration says otherwise: below that a chunk says too little to be found by.
constexpr std::uint64_t kMinTokensShare = 5;

Descriptor describe() {
  Descriptor descriptor;
  descriptor.name = "chunk";
  descriptor.version = 2;
  descriptor.gives = PayloadKind::chunk;
  descriptor.summary = "Cuts documents into passages at headings, paragraphs and sentences, anchored to their content.";
  OptionSpec max_tokens;
  max_tokens.name = "max_tokens";
  max_tokens.type = OptionType::integer;
  max_tokens.summary = "A passage is never longer, counted by the embedder's tokenizer or an estimate without one.";
  max_tokens.fallback = std::int64_t{256};
  max_tokens.unit = "tokens";
  max_tokens.minimum = kMaxTokensLow;
  max_tokens.maximum = kMaxTokensHigh;
  OptionSpec min_tokens;
  min_tokens.name = "min_tokens";
  min_tokens.type = OptionType::integer;
  min_tokens.summary = "A passage is not shorter where the text allows it; a fifth of max_tokens unless given.";
  min_tokens.optional = true;
  min_tokens.unit = "tokens";
  min_tokens.minimum = 1;
  min_tokens.maximum = kMaxTokensHigh / 2;
  descriptor.options = {max_tokens, min_tokens};
  descriptor.examples = {"chunk", "chunk: {max_tokens: 256}", "chunk: {max_tokens: 400, min_tokens: 60}"};
  return descriptor;
}

Result<std::unique_ptr<Operator>> make_chunk(const Options& options, const OperatorContext& context) {
  Limits limits;
  limits.max_tokens = static_cast<std::uint64_t>(options.integer("max_tokens"));
  limits.min_tokens = options.has("min_tokens") ? static_cast<std::uint64_t>(options.integer("min_tokens"))
                                                : limits.max_tokens / kMinTokensShare;
  if (limits.min_tokens > limits.max_tokens / 2) {
    return Error(Code::invalid_argument, options.place.text() + ": min_tokens must be at most half of max_tokens");
  }
  limits.tokenizer = context.tokenizer;
  // Another tokenizer counts otherwise and cuts elsewhere; it belongs to the embedder.
  const bool counted = context.tokenizer != nullptr && context.embedder != nullptr;
  const std::string counting = counted ? context.embedder->info().fingerprint.hex() : "estimate";
  const Id128 fingerprint = hash128({"chunk", std::to_string(describe().version), std::to_string(limits.max_tokens),
                                     std::to_string(limits.min_tokens), counting});
  return std::unique_ptr<Operator>(std::make_unique<ChunkStep>(limits, fingerprint));
}

}  // namespace

void register_chunk(Registry& registry) { registry.add_operator(describe(), make_chunk); }

}  // namespace naru
