// tap: what a step of a flow makes of each item, stored nowhere.
//
// One thread, which also calls the source; borrows all it is given. Reads and parses as a run does, without the memo.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "flow/item_steps.h"
#include "flow/memo.h"
#include "flow/plan.h"

namespace naru {

// A flow that ends at one of its steps.
class Tap {
 public:
  // `step`: its word, its number in the flow from 1, "source" for what comes in, or "" for the last but `embed`. The
  // plan's first target takes from it from now on, so one Tap of a plan at a time. not_found: no such step;
  // unsupported: a step that works on many items together, or on texts of many, or that stands after one.
  static Result<Tap> open(FlowPlan& plan, const std::string& step);

  // What becomes of one item; none: it is bytes, and nothing was asked for but the source.
  std::optional<Result<PreparedDocument>> work(const ItemContent& content, std::stop_token stop) const;

 private:
  explicit Tap(const FlowPlan& plan);

  const FlowPlan& plan_;
  StepStates states_;
};

struct TapOptions {
  std::string step;                // as Tap::open
  std::optional<std::string> key;  // of the only item to look at
  std::size_t limit = 0;           // at most so many items; 0: all
  std::stop_token stop;
};

struct Tapped {
  Item item;
  Sha256 version;                                // of the bytes, where they could be read
  std::optional<Result<PreparedDocument>> made;  // as Tap::work
};

// What the source has now. `see` is told of each item in the order of the keys. not_found also: no item of that key.
Status tap(FlowPlan& plan, const TapOptions& options, const std::function<void(const Tapped&)>& see);

}  // namespace naru
