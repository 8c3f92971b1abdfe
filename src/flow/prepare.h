// Preparer: the bytes of one item become what each target gets of it, ready to commit, through all steps but `embed`.
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

#include "flow/item_steps.h"
#include "flow/memo.h"
#include "flow/plan.h"
#include "flow/state.h"
#include "runtime/scratch_file.h"

namespace naru {

// An item that has been read, or the error that reading gave.
struct ReadItem {
  // A target that has it otherwise, or not at all.
  struct Wanted {
    std::size_t target = 0;
    std::optional<KnownItem> known;  // none: new there
  };
  Item item;
  std::vector<Wanted> wanted;  // one and more
  std::string bytes;
  std::optional<Result<Batch>> direct;  // what the source made of it without a parser
  std::optional<DropReason> drop;       // nothing is made of it, the source says
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
  // Where a large item waits for its turn to be committed, which may be long in coming.
  struct Aside {
    ScratchFile file;
    std::uint64_t size_bytes = 0;
    bool for_memo = false;
  };
  Kind kind = Kind::skip;
  std::size_t target = 0;
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
  std::unique_ptr<Aside> aside;                   // has document, chunks and memo_value until take_back()
};

class Preparer {
 public:
  Preparer(const FlowPlan& plan, StateStore& state, bool full);
  void keep_out(std::shared_ptr<const Forgotten> forgotten) { forgotten_ = std::move(forgotten); }  // before prepare()
  StepStates make_states() const;
  // For each target that wants it, in their order.
  std::vector<PreparedItem> prepare(ReadItem read, const StepStates& states, std::stop_token stop);
  // Before it is committed. Errors: its file cannot be read.
  Status take_back(PreparedItem& prepared) const;
  void forget_memo(const Id128& key);  // after memo_put: it is found there from now on

 private:
  // How items go to one target.
  struct Way {
    Id128 pipeline;
    Id128 memo_fingerprint;  // of its steps but `embed`
  };

  PreparedItem start(const ReadItem& read, ReadItem::Wanted& wanted, const Sha256& version) const;
  bool is_settled(PreparedItem& prepared) const;
  void work(ReadItem& read, const Sha256& version, const StepStates& states, std::stop_token stop,
            std::vector<PreparedItem*> unsettled);
  void finish(PreparedItem& prepared, PreparedDocument made) const;
  void fill(PreparedItem& prepared, PreparedDocument made) const;
  Result<Batch> records_of(ReadItem& read, const Sha256& version) const;
  std::vector<Result<PreparedDocument>> make(ReadItem& read, const Sha256& version, const StepStates& states,
                                             std::stop_token stop, std::vector<std::size_t> targets);
  std::optional<PreparedDocument> from_memo(const Id128& key);

  const FlowPlan& plan_;
  StateStore& state_;
  const bool full_;
  std::vector<Way> ways_;  // by target
  Id128 before_fingerprint_;  // of the steps up to FlowPlan::made_before
  std::vector<Id128> step_fingerprints_;
  std::shared_ptr<const Forgotten> forgotten_;  // null: nothing

  std::mutex mutex_;  // protects what follows
  std::unordered_map<Id128, std::shared_ptr<const std::string>> pending_;  // made in this run, not yet put
};

}  // namespace naru
