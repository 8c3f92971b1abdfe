#include "store/read_view.h"

#include "runtime/files.h"

namespace naru {

Result<ReadView> ReadView::open(const StorePaths& paths) {
  ReadView view;
  view.truth = NARU_TRY(Database::open(paths.truth, false));
  view.content = NARU_TRY(Database::open(paths.content, false));
  for (int attempt = 1;; ++attempt) {
    // Content is committed before the truth names it and deleted after the truth forgot it, so reading content first is
    // safe unless a commit came between the two. Ids only grow, and so tell.
    view.content_read = NARU_TRY(Transaction::begin(*view.content, "BEGIN"));
    const std::int64_t next = NARU_TRY(next_content_id(*view.content));
    view.truth_read = NARU_TRY(Transaction::begin(*view.truth, "BEGIN"));
    const std::int64_t named = NARU_TRY(view.truth->value("SELECT coalesce(max(content), 0) FROM docs"));
    // Content that is really lost is found by whoever reads it.
    if (named < next || attempt == kOpenTriesMax) return view;
    view.truth_read.reset();
    view.content_read.reset();
  }
}

Result<bool> is_made(const StorePaths& paths) {
  for (const std::string& path : {paths.content, paths.truth}) {
    const Result<std::uint64_t> size = file_size(path);  // one that may not be looked at is not one that is missing
    if (!size && size.error().code() == Code::not_found) return false;
    if (!size) return size.error();
  }
  std::vector<std::int64_t> versions;
  for (const std::string& path : {paths.content, paths.truth}) {
    const std::unique_ptr<Database> database = NARU_TRY(Database::open(path, false));
    versions.push_back(NARU_TRY_AT(database->value("PRAGMA user_version"), "opening " + path));
    if (versions.back() == 0) return false;
  }
  NARU_TRY(check_schema(versions[1], versions[0]));
  return true;
}

Result<bool> is_upgradable(const StorePaths& paths) {
  bool old = false;
  for (const auto& [path, wanted] :
       {std::pair(paths.content, kContentSchemaVersion), std::pair(paths.truth, kTruthSchemaVersion)}) {
    if (!file_exists(path)) return false;
    const std::unique_ptr<Database> database = NARU_TRY(Database::open(path, false));
    const std::int64_t version = NARU_TRY_AT(database->value("PRAGMA user_version"), "opening " + path);
    if (version == 0 || version > wanted) return false;
    old = old || version < wanted;
  }
  return old;
}

Result<NamedSegment> open_segment(const std::string& folder, const SegmentEntry& entry) {
  NamedSegment named;
  named.id = entry.id;
  named.segment = NARU_TRY(Segment::open(folder, entry.name));
  if (named.segment->rows() != entry.rows) {
    return Error(Code::corrupt, "segment " + entry.name + " has not the rows that the truth says; run `naru verify`");
  }
  named.alive = Bitmap::from_bytes(entry.alive, named.segment->rows());
  return named;
}

Result<std::vector<NamedSegment>> open_segments(const ReadView& view, const StorePaths& paths, std::int64_t base) {
  std::vector<NamedSegment> opened;
  for (const SegmentEntry& entry : NARU_TRY(read_segments(*view.truth, base))) {
    opened.push_back(NARU_TRY(open_segment(paths.segments, entry)));
  }
  return opened;
}

Result<std::shared_ptr<const VectorRows>> open_vectors(const StorePaths& paths, const VectorEntry& entry) {
  return VectorRows::open(paths.vectors, vector_file_name(entry.model), entry.model.dims, entry.rows);
}

Result<std::shared_ptr<const VectorIndex>> open_vector_index(const StorePaths& paths, const VectorEntry& entry) {
  return VectorIndex::open(paths.vectors, vector_file_name(entry.model), entry.model.dims, entry.rows);
}

bool has_codes(const VectorEntry& entry) { return entry.model.name != "stub"; }

}  // namespace naru
