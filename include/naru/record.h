// What flows: an Item at a source becomes a Document of blocks, a Document becomes Chunks, and each knows which bytes
// it came from and who may read it.
//
// Plain values without behaviour that matters; they are moved down the flow and never shared between threads while
// they change. All text is UTF-8 in NFC. Offsets are bytes unless a name says otherwise.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "naru/id.h"
#include "naru/value.h"

namespace naru {

// ---- who may read ---------------------------------------------------------------------------------------------

enum class Trust : std::uint8_t { user, tenant, external };

// Carried from source to answer. `access` holds "user:kim", "group:staff" or "everyone"; empty means the owner only.
struct Label {
  std::vector<std::string> access;
  Trust trust = Trust::tenant;
  bool operator==(const Label&) const = default;
};

// Whoever may read what is made of both, and the lesser trust. Both lists of access are sorted; one with `everyone`
// leaves out nobody.
Label narrowest(const Label& a, const Label& b);

// Who asks. Made in app/ (later in serve/) and nowhere else; every read path takes one and none has a default.
class Principal {
 public:
  static Principal owner();                                                // reads everything in their own store
  static Principal of(std::string user, std::vector<std::string> groups);  // --as kim,staff

  bool may_read(const Label& label) const;
  bool is_owner() const { return owner_; }
  const std::string& user() const { return user_; }
  const std::vector<std::string>& groups() const { return groups_; }

 private:
  bool owner_ = false;
  std::string user_;
  std::vector<std::string> groups_;
};

// ---- where it lies --------------------------------------------------------------------------------------------

// In points from the top left of the page as it is shown (after rotation, relative to the crop box).
struct Box {
  float x0 = 0, y0 = 0, x1 = 0, y1 = 0;
  bool operator==(const Box&) const = default;
};

struct PageSize {
  float width = 0, height = 0;
  bool operator==(const PageSize&) const = default;
};

struct ByteRange {
  std::uint64_t start = 0, end = 0;  // [start, end) in the original item
  bool operator==(const ByteRange&) const = default;
};

// Cells of a sheet, rows and columns from 1, both ends included.
struct CellRange {
  std::uint32_t first_row = 1, first_column = 1, last_row = 1, last_column = 1;
  bool operator==(const CellRange&) const = default;
};

std::string cell_range_name(const CellRange& range);  // "A1:D9", of one cell "B2"

// Where a block or chunk stands in the original item. Absent parts mean nothing for that format.
struct Locator {
  std::optional<std::uint32_t> page;  // from 1
  std::optional<PageSize> page_size;
  std::vector<Box> boxes;
  std::optional<ByteRange> bytes;
  std::string sheet;                       // spreadsheets: its name
  std::optional<CellRange> cells;          // in that sheet
  std::optional<std::uint32_t> slide;      // presentations: from 1, in their order
  std::optional<std::uint32_t> shape;      // its id in the slide's part
  std::optional<std::uint32_t> section;    // word processors: from 1
  std::optional<std::uint32_t> paragraph;  // from 1, in its section
  std::string part;  // mail: "1.2", as IMAP numbers body parts; of a member its path, "data.zip/report.docx"
  bool operator==(const Locator&) const = default;
};

// What covers both, as far as both are on one page, sheet, slide or section; else `place` keeps its own, and bytes
// alone grow.
void widen(Locator& place, const Locator& by);

// ---- documents ------------------------------------------------------------------------------------------------

enum class BlockKind : std::uint8_t { heading, paragraph, list_item, table, code, caption, quote };

std::string_view block_kind_name(BlockKind kind);  // "heading", "paragraph", ...
bool block_kind_from_name(std::string_view name, BlockKind* kind);

// A cell over several rows or columns of a table. The text stands in its first cell, the others that it covers are
// empty.
struct TableSpan {
  std::uint32_t row = 0, column = 0;  // in Block::cells, from 0
  std::uint32_t rows = 1, columns = 1;
  bool operator==(const TableSpan&) const = default;
};

struct Block {
  BlockKind kind = BlockKind::paragraph;
  std::string text;                             // a table's text is its rows, cells joined by " | ", lines by "\n"
  std::uint32_t level = 0;                      // heading 1..6, list depth from 1, else 0
  std::vector<std::string> heading_path;        // texts of the headings above, outermost first, without itself
  std::vector<std::vector<std::string>> cells;  // table: rows of cells
  std::vector<TableSpan> spans;                 // table: its merged cells
  std::uint32_t header_rows = 0;                // table: so many of its first rows name the columns
  Locator locator;
  bool operator==(const Block&) const = default;
};

using Metadata = std::vector<std::pair<std::string, std::string>>;

// Blocks in reading order. What a parser makes; what `naru parse` prints; what the store keeps.
struct Document {
  std::string uri;       // the item's key, as shown to people
  std::string format;    // "markdown", "text", "html", "pdf", "jsonl"
  std::string title;     // may be empty
  std::string language;  // "ko", "en", ... or empty where unknown
  Metadata metadata;
  std::vector<Block> blocks;
  std::vector<std::string> warnings;
  struct Child;
  std::vector<Child> children;  // attachments and archive members
};

// Not a pair: clang refuses to make one of a type that is not yet complete.
struct Document::Child {
  std::string name;
  Document document;
};

// The document's text as the store keeps it once: block texts in order, joined by kBlockSeparator. Chunks are slices.
inline constexpr std::string_view kBlockSeparator = "\n\n";
std::string document_text(const Document& document);

// ---- lineage --------------------------------------------------------------------------------------------------

// Which bytes of which version of which item, through which steps.
struct Lineage {
  std::string source;                    // the flow's name
  std::string item;                      // key at the source
  Sha256 version;                        // of the source bytes
  std::vector<Id128> step_fingerprints;  // in order
};

struct Chunk {
  Id128 id;  // H128(doc_id, heading path, text, k-th occurrence): no ordinal, no offset
  std::vector<std::string> heading_path;
  std::string text;                            // == document_text().substr(text_start, text_end - text_start)
  std::uint64_t text_start = 0, text_end = 0;  // bytes in document_text()
  Locator locator;
  std::optional<std::vector<float>> vector;  // after `embed`: unit length
};

// A record of a table, a log or a corpus: typed fields in their order, and where it stood.
struct Row {
  Fields fields;
  Locator locator;
  bool operator==(const Row&) const = default;
};

// ---- items and records ----------------------------------------------------------------------------------------

// One thing at a source. The fingerprint is cheap and decides whether to look: equal means "do not read".
struct Item {
  std::string key;                  // canonical name at the source; a folder's path with '/', as on disk
  std::string fingerprint;          // opaque to the engine; e.g. mtime ns, size, inode
  std::uint64_t version_order = 0;  // a change applies only if its order is not older: mtime ns, offset, LSN
  std::uint64_t size_bytes = 0;     // what reading would cost; 0 where unknown
  std::string media_hint;           // file extension in lower case without dot, or a media type
  std::string place = {};           // for its source alone: where it was when it was listed; not kept
  // Who may read it at its source, sorted, as in a Label, which it narrows; none: the source does not say.
  std::optional<std::vector<std::string>> access = {};
};

struct Payload : std::variant<std::monostate, Document, Chunk, Row> {
  using variant::variant;
};

enum class Change : std::uint8_t { upsert, remove };

// Why an operator leaves a record out. `reason` is one of a few words of that operator, drops are counted by it:
// "too_short". `detail` is a line for people: "12 words, at least 50".
struct DropReason {
  std::string reason;
  std::string detail;
};

// What moves between steps. `bytes` is the raw item before `parse` and empty after it.
struct Record {
  std::string key;
  std::string media_hint;
  std::string bytes;
  Payload payload;
  Lineage lineage;
  Label label;
  Change change = Change::upsert;
  std::optional<DropReason> drop;  // set by an operator that leaves it out: naru/flow.h, Operator
};

using Batch = std::vector<Record>;

// One item that could not be processed. `code` is one of the twelve names, stable for scripts.
struct Reject {
  std::string key;
  std::string code;
  std::string message;
};

}  // namespace naru
