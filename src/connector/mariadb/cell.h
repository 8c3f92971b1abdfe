// What MariaDB sends of a value as a Value: whole numbers and numbers as such, decimals as text, which loses no digit;
// times in ISO 8601; JSON as what it is; binary strings as base64.
//
// One a column of a statement; one thread.
#pragma once

#include <string>
#include <vector>

#include "connector/mariadb/libmariadb.h"
#include "naru/value.h"

namespace naru {

// Where a fetched row puts its value of a column.
class MariaDbCell {
 public:
  MariaDbCell(const LibMariaDb& db, const MYSQL_FIELD& field);

  // For mysql_stmt_bind_result(): the cell stays where it is meanwhile.
  MYSQL_BIND bind();
  bool is_null() const { return is_null_ != 0; }
  // Of a text or bytes: how many there are, to be fetched by bind_text().
  bool is_text() const { return as_ == As::text; }
  unsigned long length() const { return length_; }
  static MYSQL_BIND bind_text(std::string& text);

  // `text`: what was fetched, of a text. corrupt: a text that is no UTF-8.
  Result<Value> value(std::string text) const;

 private:
  enum class As : std::uint8_t { whole, single, real, time, text };

  std::string time_text() const;

  As as_ = As::text;
  bool is_unsigned_ = false, is_bytes_ = false, is_bits_ = false, is_json_ = false, is_instant_ = false;
  long long whole_ = 0;
  float single_ = 0;
  double real_ = 0;
  MYSQL_TIME time_ = {};
  enum enum_field_types time_type_ = MYSQL_TYPE_DATETIME;
  unsigned long length_ = 0;
  my_bool is_null_ = 0, truncated_ = 0;
};

}  // namespace naru
