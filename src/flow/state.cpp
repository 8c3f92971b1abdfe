#include "flow/state.h"

#include <algorithm>
#include <unordered_map>

#include "flow/chunk_id.h"

namespace naru {

namespace {

void append_part(std::string& bytes, std::string_view part) {
  bytes += std::to_string(part.size());
  bytes += ':';
  bytes += part;
}

}  // namespace

Id128 hash_label(const Label& label) {
  std::string bytes = std::to_string(static_cast<int>(label.trust));
  for (const std::string& entry : label.access) append_part(bytes, entry);
  return hash128({"label", bytes});
}

Result<std::unique_ptr<KeyedTable>> StateStore::keyed_table(const std::string&, const std::string&) {
  return Error(Code::unsupported, "nothing is kept here for Keyed steps");
}

void sum_targets(RunSummary& run) {
  run.unchanged = run.targets.empty() ? 0 : run.targets.front().unchanged;
  for (const RunSummary& one : run.targets) {
    run.added = std::max(run.added, one.added);
    run.changed = std::max(run.changed, one.changed);
    run.removed = std::max(run.removed, one.removed);
    run.unchanged = std::min(run.unchanged, one.unchanged);
    run.rejected = std::max(run.rejected, one.rejected);
    run.forgotten = std::max(run.forgotten, one.forgotten);
    run.dropped = std::max(run.dropped, one.dropped);
    run.chunks_added += one.chunks_added;
    run.chunks_removed += one.chunks_removed;
    run.embedded += one.embedded;
    for (const auto& [name, count] : one.drops) {
      DropCount& all = run.drops[name];
      all = {std::max(all.items, count.items), std::max(all.parts, count.parts)};
    }
  }
}

void add_after(RunSummary& run, const std::string& step, const std::string& target, RunSummary after) {
  if (run.targets.empty()) {
    RunSummary before = run;
    before.target = step;
    run.targets.push_back(std::move(before));
  }
  run.rejected += after.rejected;
  run.retries += after.retries;
  run.chunks_added += after.chunks_added;
  run.chunks_removed += after.chunks_removed;
  run.embedded += after.embedded;
  for (const auto& [name, count] : after.drops) count_drop(run.drops, name.first, name.second, count);
  if (after.targets.empty()) {
    after.target = target;
    run.targets.push_back(std::move(after));
  } else {
    run.targets.insert(run.targets.end(), std::make_move_iterator(after.targets.begin()),
                       std::make_move_iterator(after.targets.end()));
  }
}

void assign_chunk_ids(const Id128& doc_id, std::vector<Chunk>& chunks) {
  const std::string doc = doc_id.bytes();
  std::unordered_map<Id128, std::uint64_t> seen;  // how often the same path and text have come before
  for (Chunk& chunk : chunks) {
    std::string path;
    for (const std::string& heading : chunk.heading_path) append_part(path, heading);
    const std::uint64_t occurrence = seen[hash128({path, chunk.text})]++;
    chunk.id = hash128({doc, path, chunk.text, std::to_string(occurrence)});
  }
}

}  // namespace naru
