#include "connector/parquet/parts.h"

#include <cstring>

namespace naru::parquet {

namespace {

// Of how records become bytes: another number makes every part another one.
constexpr std::string_view kWriting = "parts 1";
// A part is read whole where nothing in it can be skipped; row groups end at a million rows.
constexpr std::uint64_t kPartRowsMax = 1'000'000;

// With the probability bytes / part_bytes, so that a cut is to be expected every `part_bytes`, whatever items are like.
bool may_begin(std::string_view key, std::uint64_t bytes, std::uint64_t part_bytes) {
  if (bytes >= part_bytes) return true;
  std::uint64_t drawn = 0;
  std::memcpy(&drawn, hash128({"cut", key}).bytes().data(), sizeof drawn);
  return drawn < bytes * (UINT64_MAX / part_bytes);
}

}  // namespace

std::vector<Part> cut_into_parts(const KeptFile& records, std::uint64_t part_bytes, std::string_view columns) {
  std::vector<Part> parts;
  const Id128 empty = hash128({kWriting, columns});
  Id128 digest = empty;
  Part part;
  const auto close = [&] {
    part.file = "part-" + digest.hex() + ".parquet";
    parts.push_back(std::move(part));
    part = {};
    digest = empty;
  };
  records.each_in_order([&](const KeptFile::Records& item) {
    const bool full = part.size + item.size > part_bytes * 2 || part.rows + item.count > kPartRowsMax;
    const bool enough = part.size >= part_bytes / 2 && may_begin(item.key, item.size, part_bytes);
    if (part.size > 0 && (full || enough)) close();
    if (part.size == 0) {
      part.first_key = item.key;
      part.offset = item.offset;
    }
    part.last_key = item.key;
    part.size += item.size;
    part.rows += item.count;
    digest = hash128({digest.bytes(), item.hash.bytes()});
  });
  if (part.size > 0 || parts.empty()) close();
  return parts;
}

}  // namespace naru::parquet
