// Preparer: the bytes of one item become a document with chunks, ready to commit, through all steps before `embed`.
//
// One Preparer a run; prepare() from several threads at once, each with its own States. Borrows the plan and the state
// store, which outlive it.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

#include "flow/memo.h"
#include "flow/plan.h"
#include "flow/state.h"

namespace naru {

// An item that has been read, or the error that reading gave.
struct ReadItem {
  Item item;
  std::optional<KnownItem> known;  // none: new
  std::string bytes;
  std::optional<Result<Payload>> direct;  // what the source made of it without a parser
  std::optional<Error> error;
};

struct PreparedItem {
  enum class Kind : std::uint8_t {
    upsert,
    touch,     // the same bytes as before
    reject,    // cannot be processed; what it had before goes
    drop,      // an operator left it out; what it had before goes
    keep,      // could not be looked at now: what it had before stays, and the next run looks again
    forgotten, // `naru forget` keeps its bytes out, whatever they are called now
    skip,      // gone since it was listed: the next run sees that
    cancelled,
  };
  Kind kind = Kind::skip;
  Item item;
  std::optional<KnownItem> known;
  Sha256 version;
  Document document;
  std::vector<Chunk> chunks;
  std::vector<Row> rows;
  DropCounts dropped_parts;  // that are not among these
  std::optional<Drop> drop;
  Reject reject;
  Id128 memo_key;
  std::shared_ptr<const std::string> memo_value;  // to be put; null: nothing to put
  std::uint64_t bytes = 0;                        // of text, about
};

class Preparer {
 public:
  using States = std::vector<std::unique_ptr<WorkerState>>;

  Preparer(const FlowPlan& plan, StateStore& state, bool full);
  void keep_out(std::shared_ptr<const Forgotten> forgotten) { forgotten_ = std::move(forgotten); }  // before prepare()
  States make_states() const;
  PreparedItem prepare(ReadItem read, const States& states, std::stop_token stop);
  void forget_memo(const Id128& key);  // after memo_put: it is found there from now on

 private:
  Result<PreparedDocument> process(ReadItem& read, const Sha256& version, const States& states,
                                   std::stop_token stop) const;
  std::optional<PreparedDocument> from_memo(const Id128& key);

  const FlowPlan& plan_;
  StateStore& state_;
  const bool full_;
  const Id128 pipeline_, label_hash_;
  Id128 memo_fingerprint_;                // of the steps before `embed`
  std::vector<Id128> step_fingerprints_;
  std::shared_ptr<const Forgotten> forgotten_;  // null: nothing

  std::mutex mutex_;  // protects what follows
  std::unordered_map<Id128, std::shared_ptr<const std::string>> pending_;  // made in this run, not yet put
};

}  // namespace naru
