#include "store/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string_view>

#include "text/unicode.h"

namespace naru {

namespace {

// Postings and vectors name rows by 32 bits.
constexpr std::uint64_t kRowsMax = std::numeric_limits<std::uint32_t>::max();

constexpr std::size_t kSegmentNameBytes = 32;  // its digest in hexadecimal

// It becomes part of a path, so nothing but a digest may pass.
bool is_segment_name(std::string_view name) {
  return name.size() == kSegmentNameBytes && name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Error damaged(std::string_view what) {
  return {Code::corrupt, fmt::format("the truth is damaged: {}; run `naru verify`", what)};
}

}  // namespace

Status check_entry(const SegmentEntry& entry) {
  if (!is_segment_name(entry.name)) return damaged("a segment's name is no digest");
  if (entry.rows == 0 || entry.rows > kRowsMax) return damaged(fmt::format("the rows of segment {}", entry.name));
  if (entry.alive.size() != (entry.rows + 63) / 64 * 8) {
    return damaged(fmt::format("the bits of segment {} that say which rows live", entry.name));
  }
  return {};
}

Result<std::vector<BaseEntry>> read_bases(Database& truth) {
  std::vector<BaseEntry> bases;
  Statement rows = NARU_TRY(truth.prepare("SELECT id, name, vectors FROM bases ORDER BY name"));
  while (NARU_TRY(rows.step())) {
    BaseEntry& base = bases.emplace_back(BaseEntry{rows.integer(0), rows.text(1), rows.integer(2)});
    if (!is_valid_utf8(base.name)) return damaged("the name of a knowledge base is no text");
  }
  return bases;
}

Result<std::vector<SegmentEntry>> read_segments(Database& truth, std::int64_t base) {
  std::vector<SegmentEntry> segments;
  Statement rows = NARU_TRY(truth.prepare("SELECT id, name, rows, alive FROM segments WHERE base = ? ORDER BY id"));
  rows.bind(base);
  while (NARU_TRY(rows.step())) {
    segments.push_back({rows.integer(0), rows.text(1), static_cast<std::uint64_t>(rows.integer(2)), rows.text(3)});
    NARU_TRY(check_entry(segments.back()));
  }
  return segments;
}

Result<std::vector<VectorEntry>> read_vectors(Database& truth) {
  std::vector<VectorEntry> entries;
  Statement rows =
      NARU_TRY(truth.prepare("SELECT id, fingerprint, model, dims, rows, english_only FROM vectors ORDER BY id"));
  while (NARU_TRY(rows.step())) {
    const std::int64_t dims = rows.integer(3);
    const auto count = static_cast<std::uint64_t>(rows.integer(4));
    if (rows.view(1).size() != 16) return damaged("the fingerprint of a stored model");
    if (!is_valid_utf8(rows.view(2))) return damaged("the name of a stored model is no text");
    if (dims < 1 || dims > kDimsMax || count > kRowsMax) return damaged("the size of the vectors of a stored model");
    VectorEntry& entry = entries.emplace_back();
    entry.id = rows.integer(0);
    entry.model.fingerprint = Id128::from_bytes(rows.view(1));
    entry.model.name = rows.text(2);
    entry.model.dims = static_cast<std::uint32_t>(dims);
    entry.rows = count;
    entry.model.english_only = rows.integer(5) != 0;
  }
  return entries;
}

Result<std::int64_t> put_segment(Database& truth, std::int64_t base, const SegmentEntry& entry) {
  Statement insert = NARU_TRY(truth.prepare("INSERT INTO segments(base, name, rows, alive) VALUES (?, ?, ?, ?)"));
  insert.bind(base).bind(entry.name).bind(static_cast<std::int64_t>(entry.rows)).blob(entry.alive);
  NARU_TRY(insert.run());
  return truth.last_row();
}

Status set_alive(Database& truth, std::int64_t segment, const std::string& alive) {
  Statement update = NARU_TRY(truth.prepare("UPDATE segments SET alive = ? WHERE id = ?"));
  return update.blob(alive).bind(segment).run();
}

Status drop_segment(Database& truth, std::int64_t segment) {
  Statement drop = NARU_TRY(truth.prepare("DELETE FROM segments WHERE id = ?"));
  return drop.bind(segment).run();
}

Result<std::int64_t> put_model(Database& truth, const VectorEntry& entry) {
  Statement put = NARU_TRY(truth.prepare(
      "INSERT INTO vectors(fingerprint, model, dims, rows, english_only) VALUES (?, ?, ?, ?, ?) "
      "ON CONFLICT(fingerprint) DO UPDATE SET rows = excluded.rows RETURNING id"));
  put.blob(entry.model.fingerprint.bytes()).bind(entry.model.name).bind(static_cast<std::int64_t>(entry.model.dims));
  put.bind(static_cast<std::int64_t>(entry.rows)).bind(entry.model.english_only ? 1 : 0);
  if (!NARU_TRY(put.step())) return Error(Code::internal, "a model was not stored");
  return put.integer(0);
}

}  // namespace naru
