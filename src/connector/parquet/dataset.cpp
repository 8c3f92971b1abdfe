#include "connector/parquet/dataset.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "connector/parquet/program.h"
#include "connector/shared/source_file.h"
#include "record/value_json.h"

namespace naru::parquet {

namespace {

// What names a row is held in memory, and in every target: longer ones name nothing.
constexpr std::uint64_t kIdBytesMax = 64 * 1024;
// A dictionary makes much of little. What one row group may become, as JSON, on the disk.
constexpr std::uint64_t kGroupBytesMax = 16ULL << 30;
constexpr std::size_t kGroupsMax = 1'000'000;
constexpr std::size_t kColumnsShown = 20;  // in a message

Error changed_meanwhile() {
  return {Code::unavailable, "the file changed while it was read; the next run tries again"};
}

// 32 digits, as the program says a hash.
Result<Id128> hash_from(const std::string& digits) {
  const std::string bytes = from_hex(digits);
  if (bytes.size() != 16) return Error(Code::corrupt, "naru-parquet says a hash that is none");
  return Id128::from_bytes(bytes);
}

Result<Found> read_schema(std::string_view payload) {
  const Json schema = NARU_TRY(parse_json(payload));
  Found found;
  found.kind = "file";
  found.count = number_at(schema, "rows");
  const auto columns = schema.is_object() ? schema.find("columns") : schema.end();
  if (columns == schema.end() || !columns->is_array()) return Error(Code::corrupt, "naru-parquet says no columns");
  for (const Json& one : *columns) {
    Column& column = found.columns.emplace_back();
    column.name = text_at(one, "name");
    column.type = text_at(one, "type");
    column.native = text_at(one, "native");
    column.nullable = !one.is_object() || one.find("nullable") == one.end() || one["nullable"] != Json(false);
  }
  return found;
}

}  // namespace

void Dataset::clear() {
  groups_.clear();
  decoded_.clear();
  spool_.reset();
  rows_ = 0;
}

Json Dataset::request() const {
  Json request = {{"row_bytes_max", options_.row_bytes_max}};
  if (!options_.columns.empty()) request["columns"] = options_.columns;
  return request;
}

Status Dataset::check_columns(std::string_view schema) const {
  const std::vector<Column> columns = NARU_TRY(read_schema(schema)).columns;
  for (const std::string& wanted : {options_.id, options_.text}) {
    const auto named = [&](const Column& column) { return column.name == wanted; };
    if (wanted.empty() || std::any_of(columns.begin(), columns.end(), named)) continue;
    std::vector<std::string> names;
    for (const Column& column : columns) {
      if (names.size() < kColumnsShown) names.push_back(column.name);
    }
    return Error(Code::unavailable, fmt::format("there is no column \"{}\", but {}: correct `id` or `text`", wanted,
                                                fmt::join(names, ", ")));
  }
  return {};
}

Status Dataset::look(const std::string& path, const TakeId& take, const std::stop_token& stop) {
  const FileStamp stamp = NARU_TRY(stamp_of(path));
  Json asked = request();
  if (!options_.id.empty()) asked["id"] = options_.id;
  asked["row_bytes_max"] = std::min(options_.row_bytes_max, kIdBytesMax);
  const std::size_t groups_before = groups_.size();
  const std::uint64_t rows_before = rows_;
  std::uint64_t ids = 0;                // of the group that comes now
  std::optional<std::uint64_t> groups;  // as the file says: one that is not told of has not gone
  const auto whole = [&] {
    return options_.id.empty() || groups_.size() == groups_before || ids == groups_.back().rows;
  };
  const auto heard = [&](ParquetMessage kind, std::string_view payload) -> Status {
    if (kind == ParquetMessage::schema) {
      groups = number_at(NARU_TRY(parse_json(payload)), "groups");
      return check_columns(payload);
    }
    if (kind == ParquetMessage::group) {
      if (!whole()) return Error(Code::corrupt, "a row group has other rows than the file says");
      const Json said = NARU_TRY(parse_json(payload));
      const std::optional<std::uint64_t> rows = number_at(said, "rows");
      if (!rows) return Error(Code::corrupt, "naru-parquet says what cannot be");
      if (*rows > options_.rows_max - rows_ || groups_.size() >= kGroupsMax) {
        return Error(Code::limit_exceeded, fmt::format("there are more rows than max_rows ({}), or more than {} row "
                                                       "groups: raise it, or read fewer files at once",
                                                       options_.rows_max, kGroupsMax));
      }
      RowGroup& group = groups_.emplace_back();
      group.path = path;
      group.stamp = stamp;
      group.number = static_cast<int>(groups_.size() - 1 - groups_before);
      group.hash = NARU_TRY(hash_from(text_at(said, "hash")));
      group.first = rows_ + 1;
      group.rows = *rows;
      group.in_file = rows_ - rows_before;
      rows_ += *rows;
      ids = 0;
      return {};
    }
    const bool row = kind == ParquetMessage::row || kind == ParquetMessage::too_large;
    if (!row || groups_.size() == groups_before || ids >= groups_.back().rows) {
      return Error(Code::corrupt, "a row group has other rows than the file says");
    }
    take(groups_.back(), groups_.back().first + ids++, kind == ParquetMessage::row ? payload : std::string_view());
    return {};
  };
  Status done = ask("list", asked, path, heard, stop);
  if (done && groups != groups_.size() - groups_before) done = Error(Code::corrupt, "the file has other row groups");
  if (done && !whole()) done = Error(Code::corrupt, "a row group has other rows than the file says");
  if (done && NARU_TRY(stamp_of(path)) != stamp) done = changed_meanwhile();
  if (!done) {
    groups_.resize(groups_before);
    rows_ = rows_before;
  }
  decoded_.resize(groups_.size());
  return done;
}

Result<std::string> Dataset::row(std::uint64_t number, const std::stop_token& stop) {
  auto group = std::upper_bound(groups_.begin(), groups_.end(), number,
                                [](std::uint64_t wanted, const RowGroup& one) { return wanted < one.first; });
  if (group == groups_.begin() || number >= (--group)->first + group->rows) {
    return Error(Code::not_found, "the row is gone");
  }
  std::optional<Decoded>& decoded = decoded_[static_cast<std::size_t>(group - groups_.begin())];
  if (!decoded) {
    Decoded made;
    if (Status done = decode(*group, made, stop); !done) {
      if (done.error().code() == Code::cancelled) return done.error();
      made.places.clear();
      made.error = done.error();
    }
    decoded = std::move(made);
  }
  if (decoded->error) return *decoded->error;
  const Place& place = decoded->places[number - group->first];
  if (place.too_large) {
    return Error(Code::limit_exceeded, fmt::format("the row has more bytes than max_row_bytes ({})",
                                                   options_.row_bytes_max));
  }
  return spool_->read(place.at, place.size, window_);
}

Status Dataset::decode(const RowGroup& group, Decoded& decoded, const std::stop_token& stop) {
  if (NARU_TRY(stamp_of(group.path)) != group.stamp) return changed_meanwhile();
  if (!spool_) spool_.emplace();
  Json asked = request();
  asked["group"] = group.number;
  std::uint64_t bytes = 0;
  const auto heard = [&](ParquetMessage kind, std::string_view payload) -> Status {
    if (decoded.places.size() >= group.rows) return Error(Code::corrupt, "a row group has more rows than it says");
    Place& place = decoded.places.emplace_back();
    place.too_large = kind == ParquetMessage::too_large;
    if (place.too_large) return {};
    if (kind != ParquetMessage::row) return Error(Code::corrupt, "naru-parquet says what cannot be");
    bytes += payload.size();
    if (bytes > kGroupBytesMax) {
      return Error(Code::limit_exceeded, fmt::format("a row group becomes more than {} bytes of JSON", kGroupBytesMax));
    }
    place.at = NARU_TRY(spool_->add(payload));
    place.size = payload.size();
    return {};
  };
  NARU_TRY(ask("rows", asked, group.path, heard, stop));
  if (decoded.places.size() != group.rows) return Error(Code::corrupt, "a row group has fewer rows than it says");
  if (NARU_TRY(stamp_of(group.path)) != group.stamp) return changed_meanwhile();
  return {};
}

Result<Found> Dataset::describe(const std::string& path, const std::vector<std::string>& columns,
                                const std::stop_token& stop) {
  Json asked = Json::object();
  if (!columns.empty()) asked["columns"] = columns;
  Found found;
  const auto heard = [&](ParquetMessage, std::string_view payload) -> Status {
    found = NARU_TRY(read_schema(payload));
    return {};
  };
  NARU_TRY(ask("look", asked, path, heard, stop));
  if (found.kind.empty()) return Error(Code::corrupt, "naru-parquet says no schema");
  found.bytes = NARU_TRY(stamp_of(path)).size;
  return found;
}

}  // namespace naru::parquet
