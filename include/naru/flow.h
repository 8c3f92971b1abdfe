// The tiny contracts of a flow: Source, Parser, Operator; Target is in naru/target.h. Batching, memo, retries,
// counting, tracing and limits live in the engine, never here.
//
// Sources are called from the engine's thread; Parser::parse runs in the sandboxed worker process;
// Operator::process is const and is called from several threads at once, each with its own WorkerState.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "naru/discover.h"
#include "naru/record.h"
#include "naru/result.h"
#include "naru/spilled_list.h"

namespace naru {

// ---- Source ---------------------------------------------------------------------------------------------------

// What poll() found. The engine compares it with what it knows: keys that are missing have gone.
struct Listing {
  SpilledList<Item> items;      // sorted by key, no key twice
  std::vector<Reject> rejects;  // things that could not even be listed: an unreadable folder, a name that is no UTF-8
  std::vector<std::string> unreadable_prefixes;  // keys below these are unknown, not gone
  bool partial = false;  // it names what changed: items that are missing are as they were
  bool ordered = false;  // what is older by version_order than what is known of it came late, and changes nothing
};

// The bytes of one item, and the item as it was while they were read (a file may change between poll and read).
struct ItemContent {
  std::string bytes;
  Item item;
  std::optional<DropReason> drop = {};  // nothing is made of it, and why; `bytes` say that too
};

enum class Overwrite : std::uint8_t { refuse, replace };

class Source {
 public:
  virtual ~Source() = default;
  virtual Result<Listing> poll(std::stop_token stop) = 0;
  // not_found: gone since poll; unavailable: try again next run; limit_exceeded: too large.
  virtual Result<ItemContent> read(const Item& item, std::stop_token stop) = 0;
  // One item by its key: whoever opens an original does not list everything for it. not_found: there is none of that
  // key, or poll() would leave it out. Default: polls.
  virtual Result<Item> find(const std::string& key, std::stop_token stop);
  // Whether add() may be called at all; false unless the configuration says so.
  virtual bool takes_items() const { return false; }
  // Puts bytes there under a key, whole or not at all, for whoever adds documents by hand; the item as find() would
  // give it. not_allowed: it takes none; invalid_argument: no key for it; already_exists: one of that key is there.
  virtual Result<Item> add(const std::string& key, std::string_view bytes, Overwrite overwrite);
  // For --watch: returns when something may have changed, or when `stop` is requested. Default: waits `poll_seconds`.
  virtual Status wait_for_change(std::stop_token stop);
  // The Document of an item whose bytes need no parser (a row of a jsonl file), else nothing.
  virtual std::optional<Result<Document>> direct_document(const ItemContent&) { return std::nullopt; }
  // The same as a row, for flows that go from rows to rows: a source whose Descriptor gives rows.
  virtual std::optional<Result<Row>> direct_row(const ItemContent&) { return std::nullopt; }
  // `naru check`: whether it can be reached, and with what rights; reads no more than that takes. Default: polls.
  virtual std::vector<Finding> check(std::stop_token stop);
  // `naru discover`: what lies there that a source of this kind could read. unsupported: it cannot tell (the default).
  virtual Result<Discovery> discover(std::stop_token stop);
};

// ---- Parser ---------------------------------------------------------------------------------------------------

// How much of a web page: a page that frames an article gives the article, every other one the whole page, unless
// somebody says which.
enum class WebText : std::uint8_t { automatic, main_text, whole_page };

struct ParseInput;

// Reads what lies inside an item: attachments of mail, members of archives. How deep, how many and how much is its own
// affair.
class MemberReader {
 public:
  virtual ~MemberReader() = default;
  // Errors as those of Parser::parse; limit_exceeded also where it lies too deep, or there are too many.
  virtual Result<Document> read(const ParseInput& member) = 0;
};

struct ParseInput {
  std::string_view bytes;
  std::string uri;         // shown name
  std::string media_hint;  // extension in lower case without dot; may be empty or wrong
  WebText web_text = WebText::automatic;
  MemberReader* members = nullptr;  // none: members are named and not read
};

// How sure a parser is that these bytes are its format: by content, the extension being a hint.
enum class Confidence : std::uint8_t { no, possible, likely, certain };

class Parser {
 public:
  virtual ~Parser() = default;
  virtual std::string_view format() const = 0;
  virtual Confidence detect(const ParseInput& input) const = 0;
  // Runs in the worker. Errors: corrupt, unsupported, not_allowed (password), limit_exceeded.
  virtual Result<Document> parse(const ParseInput& input) const = 0;
};

// ---- Operator -------------------------------------------------------------------------------------------------

class WorkerState {
 public:
  virtual ~WorkerState() = default;
};

// A Map: per record, pure; one record in, any number out. Keyed operators: naru/keyed.h; Fit: naru/fit.h.
//
// To leave a record out on purpose, which is neither an error nor a reject, an operator sets Record::drop and hands it
// on among the others; the engine takes it out, counts it by step and reason, and no later step sees it. A dropped
// Document takes its whole item out of the target, as if the source no longer had it; a dropped Chunk is missing from
// its document. Like all output a drop depends on the record and the fingerprint alone: an unchanged item stays
// dropped, and is not looked at again.
class Operator {
 public:
  virtual ~Operator() = default;
  virtual std::unique_ptr<WorkerState> make_state() const { return nullptr; }
  virtual Result<Batch> process(Batch batch, WorkerState* state, std::stop_token stop) const = 0;
  // Name + version + options + model hash: equal fingerprints promise equal output for equal input.
  virtual Id128 fingerprint() const = 0;
};

}  // namespace naru
