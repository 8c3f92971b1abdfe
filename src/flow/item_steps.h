// ItemSteps: one item through the steps of a flow, each worked at most once, whatever targets it leads to.
//
// One item, one thread; borrows all it is given. An error, or that something was left out, goes along the ways that
// come from it and no others.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "flow/memo.h"
#include "flow/plan.h"

namespace naru {

// What one thread keeps for each step.
using StepStates = std::vector<std::unique_ptr<WorkerState>>;

class ItemSteps {
 public:
  // `targets`: numbers of those to be reached.
  ItemSteps(const FlowPlan& plan, const StepStates& states, std::vector<std::size_t> targets);

  // `source`: the item as its records, as the source gave them. The results in the order of the targets.
  std::vector<Result<PreparedDocument>> work(Batch source, std::stop_token stop);
  // The same where it is known already what `step`, and so every step up to it, makes of the item.
  std::vector<Result<PreparedDocument>> work_from(std::size_t step, PreparedDocument made, std::stop_token stop);

 private:
  // What a step hands on.
  struct Passage {
    Batch batch;
    PreparedDocument made;  // what is known of the result: a document that was cut, drops
    bool has_document = false, is_cut = false;
  };

  static void take_dropped(const std::string& step, Passage& passage);
  static void set_document_aside(Passage& passage);
  static void keep_document(Record& record, Passage& passage);
  static Result<PreparedDocument> arrive(Passage passage);
  std::vector<Result<PreparedDocument>> arrive_all();
  Result<Passage> take(std::size_t input);
  Result<Passage> gather(std::size_t step);
  Result<Passage> work_step(std::size_t step, std::stop_token stop);

  const FlowPlan& plan_;
  const StepStates& states_;
  const std::vector<std::size_t> targets_;
  std::vector<std::size_t> ends_;                     // of each target: the last step but `embed`, or kFromSource
  std::vector<std::size_t> steps_;                    // that are needed
  std::vector<std::size_t> uses_;                     // of each step's output, still to come; the source's is last
  std::vector<std::optional<Result<Passage>>> made_;  // likewise
};

// Of each step of `steps_to()` but `embed`, which works on texts of many items: the engine's committer asks it.
std::vector<std::size_t> steps_of_items(const FlowPlan& plan, const FlowTarget& target);

}  // namespace naru
