#include "connector/shared/sql_source.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/little_endian.h"
#include "connector/shared/connector_options.h"
#include "record/value_json.h"
#include "runtime/clock.h"

namespace naru {

namespace {

// A row is held in memory twice while it is turned into JSON.
constexpr std::int64_t kRowBytesMax = 64 << 20;

Fields fields_of(const std::vector<std::string>& columns, std::vector<Value> cells) {
  Fields fields;
  fields.reserve(cells.size());
  for (std::size_t i = 0; i < columns.size() && i < cells.size(); ++i) {
    set_field(fields, columns[i], std::move(cells[i]));  // of a name that stands twice, the last
  }
  return fields;
}

std::string trimmed_query(std::string query) {
  while (!query.empty() && std::string_view(" \t\r\n;").find(query.back()) != std::string_view::npos) query.pop_back();
  return query;
}

bool has(const std::vector<std::string>& columns, const std::string& name) {
  return std::find(columns.begin(), columns.end(), name) != columns.end();
}

}  // namespace

std::vector<OptionSpec> sql_source_options() {
  return {
      optional_text("table", "The table or view, with its schema where that is not the usual one: sales.orders."),
      optional_text("query", "Instead of a table: the SELECT whose rows are wanted."),
      text_option("id", "The column that names a row: a text or a whole number, never empty, never twice.", "id"),
      optional_text("cursor", "A column that changes whenever a row does (updated_at, a version): then only rows that "
                              "changed are read whole."),
      text_option("text", "The column with the text, where rows become documents.", "text"),
      text_option("title", "The column with the title, where there is one; it is searched too.", "title"),
      whole_option("max_row_bytes", "Larger rows are rejected.", kRowBytesMax, "bytes", 1, 1 << 30),
      whole_option("poll_seconds", "With --watch: looks at least so often.", 30, "seconds", 1, 86400),
  };
}

Result<SqlSourceOptions> read_sql_source(std::string format, const Options& options) {
  SqlSourceOptions made;
  made.format = std::move(format);
  made.table = text_or_empty(options, "table");
  made.query = trimmed_query(text_or_empty(options, "query"));
  made.cursor = text_or_empty(options, "cursor");
  made.fields = {options.text("id"), options.text("text"), options.text("title")};
  made.row_bytes_max = static_cast<std::uint64_t>(options.integer("max_row_bytes"));
  made.poll_ms = options.integer("poll_seconds") * 1000;
  if (options.has("table") && made.table.empty()) {
    return Error(Code::invalid_argument, options.place.text() + ": `table` is empty");
  }
  if (options.has("query") && made.query.empty()) {
    return Error(Code::invalid_argument, options.place.text() + ": `query` is empty");
  }
  if (made.fields.id.empty()) return Error(Code::invalid_argument, options.place.text() + ": `id` is empty");
  return made;
}

std::string SqlSource::from(const SqlConnection& connection) const {
  if (options_.query.empty()) return quoted_table(connection, options_.table);
  return "(" + options_.query + ") naru_rows";  // not every database takes AS here
}

Status SqlSource::check_columns(const std::vector<std::string>& columns) const {
  for (const std::string& name : {options_.fields.id, options_.cursor}) {
    if (name.empty() || has(columns, name)) continue;
    return Error(Code::unavailable, fmt::format("there is no column \"{}\"; there are {}", name,
                                                fmt::join(columns, ", ")));
  }
  return {};
}

Result<Listing> SqlSource::poll(std::stop_token stop) {
  if (options_.table.empty() && options_.query.empty()) {
    return Error(Code::invalid_argument, "no `table` and no `query` is named; `naru discover` shows the tables");
  }
  connection_ = NARU_TRY(open_());
  rows_ = {};
  spool_.emplace();
  window_ = {};
  polled_ms_ = system_clock().unix_ms();
  Listing listing;
  NARU_TRY(connection_->begin_snapshot());
  Status read = list(*connection_, listing, stop);
  if (read) read = connection_->end_snapshot();
  if (!read) {
    connection_.reset();
    return read.error();
  }
  if (options_.cursor.empty()) connection_.reset();  // nothing more is asked of it
  NARU_TRY(list_sorted(listing));
  return listing;
}

Status SqlSource::list(SqlConnection& connection, Listing& listing, const std::stop_token& stop) {
  std::string columns = "*";
  if (!options_.cursor.empty()) {
    columns = connection.quoted(options_.fields.id) + ", " + connection.quoted(options_.cursor);
    const auto none = NARU_TRY(connection.query("SELECT * FROM " + from(connection) + " WHERE 1 = 0"));
    NARU_TRY(check_columns(none->columns()));  // says what there is, not only that something is missing
  }
  const bool as_written = !options_.query.empty() && options_.cursor.empty();
  const auto rows = NARU_TRY(connection.query(as_written ? options_.query
                                                         : "SELECT " + columns + " FROM " + from(connection)));
  NARU_TRY(check_columns(rows->columns()));
  std::uint64_t number = 0;
  for (SqlRow row; NARU_TRY(rows->next(row)); row = {}) {
    if (stop.stop_requested()) return Error(Code::cancelled, "stopped while reading rows");
    NARU_TRY(add_row(rows->columns(), std::move(row), ++number, listing));
  }
  return {};
}

Status SqlSource::add_row(const std::vector<std::string>& columns, SqlRow row, std::uint64_t number,
                          Listing& listing) {
  const Fields fields = fields_of(columns, std::move(row.cells));
  Result<std::string> key = row_key(fields, options_.fields.id);
  const auto reject = [&](const Error& error) -> Status {
    listing.rejects.push_back({key ? *key : fmt::format("row {}", number), std::string(code_name(error.code())),
                               error.describe()});
    return {};
  };
  if (row.problem) return reject(*row.problem);
  if (!key) return reject(key.error());
  Place place;
  place.whole_number = std::holds_alternative<std::int64_t>(*find_field(fields, options_.fields.id));
  if (!options_.cursor.empty()) {
    const Value& cursor = *find_field(fields, options_.cursor);
    std::string written;
    append_json(written, cursor);
    add_item(std::move(*key), hash128(written), cursor.is_null(), 0, place);
    return {};
  }
  const std::string line = to_json_line(fields);
  if (line.size() > options_.row_bytes_max) {
    return reject(Error(Code::limit_exceeded, fmt::format("the row has {} bytes, more than max_row_bytes ({})",
                                                          line.size(), options_.row_bytes_max)));
  }
  place.at = NARU_TRY(spool_->add(line));
  add_item(std::move(*key), hash128(line), false, line.size(), place);
  return {};
}

// Of rows with the same id one stays, the same one whatever their order was: so the hash stands first in the place.
void SqlSource::add_item(std::string key, const Id128& hash, bool look_always, std::uint64_t size, const Place& place) {
  Item item;
  item.key = std::move(key);
  if (!look_always) item.fingerprint = hash.bytes();
  item.version_order = static_cast<std::uint64_t>(polled_ms_);
  item.size_bytes = size;
  item.media_hint = options_.format;
  item.place = hash.bytes();
  put_le(item.place, place.at);
  put_le(item.place, static_cast<std::uint8_t>(place.whole_number));
  rows_.add(std::move(item));
}

Result<SqlSource::Place> SqlSource::place_of(const Item& item) {
  BoundedReader reader(item.place);
  reader.take(16);
  Place place;
  place.at = reader.number<std::uint64_t>();
  place.whole_number = reader.number<std::uint8_t>() != 0;
  if (!reader.ok()) return Error(Code::not_found, "the row is gone");
  return place;
}

Status SqlSource::list_sorted(Listing& listing) {
  std::string last;
  std::size_t copies = 0;
  NARU_TRY(rows_.each([&](const Item& item) {
    if (!listing.items.empty() && item.key == last) {
      listing.rejects.push_back(
          {fmt::format("{} (copy {})", item.key, ++copies + 1), std::string(code_name(Code::already_exists)),
           fmt::format("the id \"{}\" stands in more than one row: ids must differ", item.key)});
      return Status();
    }
    copies = 0;
    last = item.key;
    listing.items.add(item);
    return Status();
  }));
  rows_ = {};
  return {};
}

Result<ItemContent> SqlSource::read(const Item& item, std::stop_token stop) {
  if (stop.stop_requested()) return Error(Code::cancelled, "stopped before reading");
  const Place place = NARU_TRY(place_of(item));
  if (!options_.cursor.empty()) return read_by_id(place, item);
  return ItemContent{NARU_TRY(spool_->read(place.at, item.size_bytes, window_)), item};
}

Result<ItemContent> SqlSource::read_by_id(const Place& place, const Item& item) {
  if (!connection_) connection_ = NARU_TRY(open_());
  const Value id = place.whole_number ? Value(std::strtoll(item.key.c_str(), nullptr, 10)) : Value(item.key);
  const std::string sql = "SELECT * FROM " + from(*connection_) + " WHERE " +
                          connection_->quoted(options_.fields.id) + " = " + connection_->parameter(1);
  const auto rows = NARU_TRY(connection_->query(sql, {&id, 1}));
  SqlRow found, second;
  if (!NARU_TRY(rows->next(found))) return Error(Code::not_found, "the row is gone");
  if (NARU_TRY(rows->next(second))) {
    return Error(Code::already_exists,
                 fmt::format("the id \"{}\" stands in more than one row: ids must differ", item.key));
  }
  if (found.problem) return std::move(*found.problem);
  const Fields fields = fields_of(rows->columns(), std::move(found.cells));
  ItemContent content{to_json_line(fields), item};
  if (content.bytes.size() > options_.row_bytes_max) {
    return Error(Code::limit_exceeded, fmt::format("the row has {} bytes, more than max_row_bytes ({})",
                                                   content.bytes.size(), options_.row_bytes_max));
  }
  std::string written;
  const Value* cursor = find_field(fields, options_.cursor);
  if (cursor != nullptr) append_json(written, *cursor);
  content.item.fingerprint = cursor == nullptr || cursor->is_null() ? "" : hash128(written).bytes();
  content.item.size_bytes = content.bytes.size();
  return content;
}

std::optional<Result<Document>> SqlSource::direct_document(const ItemContent& content) {
  return json_row_document(content, options_.fields, options_.format);
}

std::optional<Result<Row>> SqlSource::direct_row(const ItemContent& content) {
  return json_row(content);
}

Status SqlSource::wait_for_change(std::stop_token stop) {
  if (wait_) return wait_(options_.poll_ms, std::move(stop));
  system_clock().sleep_ms(options_.poll_ms, stop);
  return {};
}

std::vector<Finding> SqlSource::check(std::stop_token) {
  const Result<std::unique_ptr<SqlConnection>> opened = open_();
  if (!opened) return {{"server", Verdict::missing, opened.error().describe()}};
  SqlConnection& connection = **opened;
  std::vector<Finding> findings = connection.rights(options_.table);
  if (options_.table.empty() && options_.query.empty()) return findings;
  const auto rows = connection.query("SELECT * FROM " + from(connection) + " WHERE 1 = 0");
  const Status columns = rows ? check_columns((*rows)->columns()) : rows.error();
  if (!columns) {
    findings.push_back({"rows", Verdict::missing, columns.error().describe()});
  } else {
    findings.push_back({"rows", Verdict::good, fmt::format("can be read, {} columns", (*rows)->columns().size())});
  }
  return findings;
}

Result<Discovery> SqlSource::discover(std::stop_token stop) {
  const std::unique_ptr<SqlConnection> connection = NARU_TRY(open_());
  return connection->tables(std::move(stop));
}

}  // namespace naru
