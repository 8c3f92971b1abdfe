// SortedItems: items that come in any order are given in the order of their keys, of one key in the order of their
// `place`. What is too much to be sorted at once is sorted in runs, which are merged (D. Knuth, The Art of Computer
// Programming, volume 3, 5.4.1); what comes in order already is one run.
//
// One thread.
#pragma once

#include <functional>
#include <vector>

#include "naru/record.h"
#include "naru/result.h"
#include "naru/spilled_list.h"

namespace naru {

class SortedItems {
 public:
  void add(Item item);
  // All of them, after the last add().
  Status each(const std::function<Status(Item& item)>& visit);

 private:
  void end_run();

  std::vector<Item> items_;  // of the run that is not sorted yet
  std::size_t bytes_ = 0;    // of these, about
  std::vector<SpilledList<Item>> runs_;
  Item last_;                // of the last run
};

}  // namespace naru
