// Which steps may stand in which order in a flow, by what each takes and gives: the one rule, told to the person by the
// configuration and held again where flows are built. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "naru/descriptor.h"

namespace naru {

// A step as far as its place in a flow goes.
struct StepKinds {
  std::string name;
  std::vector<PayloadKind> takes;
  std::optional<PayloadKind> gives;  // none: what it took
};

struct StepProblem {
  std::size_t step = 0;  // index into the steps
  std::string message;
  std::string suggestion;
};

// Every step finds what it takes; one that makes another kind stands once; `embed` is last. All that is wrong, in order
// of the steps. `source`: what the flow's source gives.
std::vector<StepProblem> step_problems(PayloadKind source, const std::vector<StepKinds>& steps);

// What comes out at the end, and so arrives at the target.
PayloadKind kind_after(PayloadKind source, const std::vector<StepKinds>& steps);

// What the source hands on: with `parse` in the flow its bytes, or the document that they are.
bool reads_rows(PayloadKind source, const std::vector<StepKinds>& steps);

}  // namespace naru
