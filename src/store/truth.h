// The truth: opening its databases, its schema, and the small reads and writes that several parts of the store share.
//
// docs/format/truth.md draws the tables. A Truth belongs to one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "flow/state.h"
#include "naru/record.h"
#include "naru/result.h"
#include "store/content.h"
#include "store/manifest.h"
#include "store/sqlite.h"

namespace naru {

// Where everything lies below `.naru/`.
struct StorePaths {
  explicit StorePaths(std::string folder);
  std::string root, truth, content, memo, vectors, segments, lock, stopped;
};

// The schema that this program reads and writes; what it cannot upgrade is refused rather than guessed at.
inline constexpr std::int64_t kTruthSchemaVersion = 3;

// Of one document: enough to filter by, not a second text.
inline constexpr std::size_t kMetadataFieldsMax = 64, kMetadataBytesMax = 1024;

std::string encode_rows(const std::vector<std::uint64_t>& rows);
Result<std::vector<std::uint64_t>> decode_rows(std::string_view bytes);
Result<std::uint64_t> count_rows(std::string_view bytes);  // without decoding them

std::string encode_label(const Label& label);  // JSON
Result<Label> decode_label(std::string_view json);

std::string encode_run(const RunSummary& run);  // JSON of its counts
Result<RunSummary> decode_run(std::string_view json);

// io: a sync of the store's files failed in this process, and nothing more may be written.
Status may_write(const StorePaths& paths);

// What a filter may ask for, as JSON: each name with its values. Long values are left out: nobody filters by them.
std::string encode_metadata(const Metadata& metadata);
Result<Metadata> decode_metadata(std::string_view json);

Status check_schema(std::int64_t truth, std::int64_t content);  // unsupported: made by another naru
// Pragmas and schema. A truth of an earlier schema is brought up to this one, in one transaction.
Status prepare_truth(Database& truth, Database& content);
// Gives the pages of both their checksums where they have none yet. True: they had none.
Result<bool> prepare_page_sums(Database& truth, Database& content);

Result<SpilledList<KnownItem>> read_known_items(Database& truth, const std::string& flow);
// Which labels, by row, let the principal read.
Result<std::unordered_map<std::int64_t, bool>> read_readable_labels(Database& truth, const Principal& principal);
Result<std::uint64_t> read_epoch(Database& truth);

// Which analyzer and which format of segments the indexes were made with; 0: nothing was ever indexed.
struct IndexedBy {
  std::int64_t analyzer = 0, segments = 0;
};
Result<IndexedBy> read_indexed_by(Database& truth);
Result<bool> indexed_by_this_version(Database& truth);
Status note_indexed_by_this_version(Database& truth);

}  // namespace naru
