#include "flow/state.h"

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
