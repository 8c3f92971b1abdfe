#include "connector/postgres/vectors.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "connector/shared/sql_records.h"

namespace naru {

namespace {

// The first that has halfvec.
constexpr int kMajorMin = 0, kMinorMin = 7;
// An HNSW index of halfvec takes no more (pgvector's README, "HNSW").
constexpr std::uint32_t kDimsMax = 4000;

bool is_old(std::string_view version) {
  int major = 0, minor = 0;
  const char* const end = version.data() + version.size();
  const auto [dot, error] = std::from_chars(version.data(), end, major);
  if (error == std::errc() && dot != end) std::from_chars(dot + 1, end, minor);
  return std::pair(major, minor) < std::pair(kMajorMin, kMinorMin);
}

std::string comment_of(const ModelInfo& model) {
  return fmt::format("vectors of {} ({}, {} dimensions)", model.name, model.fingerprint.hex(), model.dims);
}

std::string literal(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return quoted + "'";
}

struct VectorColumn {
  std::string type;     // "halfvec(384)"; empty: there is none
  std::string comment;  // whoever made the column by hand may have left it out
};

Result<VectorColumn> find_column(SqlConnection& connection, const std::string& table) {
  const Value names[] = {Value(quoted_table(connection, table)), Value(std::string(kVectorColumn))};
  const auto rows = NARU_TRY(all_rows(connection,
                                      "SELECT format_type(atttypid, atttypmod), col_description(attrelid, attnum) "
                                      "FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname = $2 AND "
                                      "NOT attisdropped",
                                      names));
  if (rows.empty()) return VectorColumn{};
  const std::string* comment = rows[0][1].text();
  return VectorColumn{*rows[0][0].text(), comment == nullptr ? "" : *comment};
}

}  // namespace

Result<std::string> pgvector_of(SqlConnection& connection, SqlUse use) {
  const auto rows = NARU_TRY(all_rows(
      connection,
      "SELECT (SELECT extversion FROM pg_extension WHERE extname = 'vector'), (SELECT default_version FROM "
      "pg_available_extensions WHERE name = 'vector'), current_setting('server_version_num')::int / 10000, "
      "current_database()::text, has_database_privilege(current_database(), 'CREATE') AND EXISTS (SELECT 1 FROM "
      "pg_available_extension_versions v WHERE v.name = 'vector' AND (v.trusted OR EXISTS (SELECT 1 FROM pg_roles "
      "WHERE rolname = current_user AND rolsuper)))"));
  const std::vector<Value>& row = rows.front();
  const std::string *there = row[0].text(), *available = row[1].text();
  if (there != nullptr && is_old(*there)) {
    return Error(Code::unavailable, fmt::format("pgvector {} has no halfvec: install 0.7 or newer on the server, then "
                                                "ALTER EXTENSION vector UPDATE",
                                                *there));
  }
  if (there != nullptr) return "pgvector " + *there;
  if (available == nullptr || is_old(*available)) {
    return Error(Code::unavailable,
                 fmt::format("the server has no pgvector of 0.7 or newer, which keeps vectors there: install it "
                             "(postgresql-{}-pgvector of PostgreSQL's own archive of packages), or leave `embed` out",
                             std::get<std::int64_t>(row[2])));
  }
  if (!std::get<bool>(row[4])) {
    return Error(Code::not_allowed, fmt::format("pgvector is installed on the server, but not in the database {}, "
                                                "where this user may not put it: CREATE EXTENSION vector, as a user "
                                                "who may",
                                                *row[3].text()));
  }
  if (use == SqlUse::read) return fmt::format("pgvector {}; `naru run` puts it into the database", *available);
  NARU_TRY(connection.run("CREATE EXTENSION IF NOT EXISTS vector"));
  return "pgvector " + *available;
}

Status check_vectors_fit(SqlConnection& connection, const std::string& table, const ModelInfo& model) {
  if (model.dims > kDimsMax) {
    return Error(Code::unsupported, fmt::format("{} gives vectors of {} dimensions, and pgvector finds the nearest "
                                                "among up to {}: take another model",
                                                model.name, model.dims, kDimsMax));
  }
  const VectorColumn column = NARU_TRY(find_column(connection, table));
  if (column.type.empty()) return {};
  const bool fits = column.type.find(fmt::format("({})", model.dims)) != std::string::npos;
  const bool is_other = column.comment.starts_with("vectors of ") && column.comment != comment_of(model);
  if (fits && !is_other) return {};
  return Error(Code::invalid_argument,
               fmt::format("the column \"{}\" of {} is {}{}, and the flow embeds with {}, {} dimensions: give the flow "
                           "another `table`, which is filled while this one serves, or let the old vectors go (ALTER "
                           "TABLE {} DROP COLUMN {}) and run again",
                           kVectorColumn, table, column.type, column.comment.empty() ? "" : ", " + column.comment,
                           model.name, model.dims, quoted_table(connection, table), kVectorColumn));
}

// By the cosine: lengths are 1, and whoever asks with another length is not led astray.
Status index_vectors(SqlConnection& connection, const std::string& table, const ModelInfo& model) {
  const VectorColumn column = NARU_TRY(find_column(connection, table));
  if (column.type.empty()) return {};
  const std::string named = quoted_table(connection, table);
  NARU_TRY(connection.run(fmt::format("COMMENT ON COLUMN {}.{} IS {}", named, connection.quoted(kVectorColumn),
                                      literal(comment_of(model)))));
  const std::string index = table.substr(table.rfind('.') + 1) + "_naru_by_vector";
  const bool is_half = column.type.find("halfvec") != std::string::npos;
  return connection.run(fmt::format("CREATE INDEX IF NOT EXISTS {} ON {} USING hnsw ({} {}_cosine_ops)",
                                    connection.quoted(index), named, connection.quoted(kVectorColumn),
                                    is_half ? "halfvec" : "vector"));
}

}  // namespace naru
