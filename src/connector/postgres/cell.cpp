#include "connector/postgres/cell.h"

#include <charconv>
#include <cmath>

#include "connector/shared/sql_connection.h"
#include "model/base64.h"
#include "record/value_json.h"
#include "text/unicode.h"

namespace naru {

namespace {

// PostgreSQL's own limit of dimensions.
constexpr int kDimensionsMax = 6;

// Oids of types that are built in: src/include/catalog/pg_type.dat of PostgreSQL.
enum Oid : std::uint32_t {
  kBool = 16, kBytea = 17, kInt8 = 20, kInt2 = 21, kInt4 = 23, kText = 25, kOid = 26, kJson = 114, kFloat4 = 700,
  kFloat8 = 701, kBpchar = 1042, kVarchar = 1043, kDate = 1082, kTime = 1083, kTimestamp = 1114, kTimestampTz = 1184,
  kNumeric = 1700, kUuid = 2950, kJsonb = 3802,
};

// Of a type of lists the type of its elements; 0: it is none that we know.
std::uint32_t element_of(std::uint32_t type) {
  switch (type) {
    case 1000: return kBool;
    case 1005: return kInt2;
    case 1007: return kInt4;
    case 1016: return kInt8;
    case 1009: return kText;
    case 1014: return kBpchar;
    case 1015: return kVarchar;
    case 1021: return kFloat4;
    case 1022: return kFloat8;
    case 1115: return kTimestamp;
    case 1182: return kDate;
    case 1185: return kTimestampTz;
    case 1231: return kNumeric;
    case 199: return kJson;
    case 2951: return kUuid;
    case 3807: return kJsonb;
    default: return 0;
  }
}

template <class T>
bool parse(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

Value json(std::string_view text) {
  Result<Fields> fields = fields_from_json("{\"v\":" + std::string(text) + "}", LargeNumbers::as_text);
  return fields ? std::move((*fields)[0].value) : Value(std::string(text));
}

// "\x00ff"
Value bytes(std::string_view text) {
  std::string held;
  for (std::size_t at = 2; at + 1 < text.size(); at += 2) {
    unsigned byte = 0;
    std::from_chars(text.data() + at, text.data() + at + 2, byte, 16);
    held += static_cast<char>(byte);
  }
  return Value(encode_base64(held));
}

// {1,NULL,"a \"b\"",{…}}; nothing where it is not written so.
class ListReader {
 public:
  ListReader(std::uint32_t element, std::string_view text) : element_(element), text_(text) {}

  bool read(ValueList& list, int depth = 1) {
    if (depth > kDimensionsMax || !take('{')) return false;
    if (take('}')) return true;
    do {
      if (at_ < text_.size() && text_[at_] == '{') {
        ValueList inner;
        if (!read(inner, depth + 1)) return false;
        list.emplace_back(std::move(inner));
      } else if (!read_one(list)) {
        return false;
      }
    } while (take(','));
    return take('}') && (depth > 1 || at_ == text_.size());
  }

 private:
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool read_one(ValueList& list) {
    std::string one;
    const bool quoted = take('"');
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (quoted ? c == '"' : c == ',' || c == '}') break;
      if (c == '\\') ++at_;
      if (at_ >= text_.size()) return false;
      one += text_[at_++];
    }
    if (quoted && !take('"')) return false;
    if (!quoted && one == "NULL") {
      list.emplace_back();
      return true;
    }
    Result<Value> value = postgres_cell(element_, one);
    if (!value) return false;
    list.push_back(std::move(*value));
    return true;
  }

  const std::uint32_t element_;
  const std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<Value> postgres_cell(std::uint32_t type, std::string_view text) {
  std::int64_t whole = 0;
  double number = 0;
  switch (type) {
    case kBool: return Value(text == "t");
    case kInt2:
    case kInt4:
    case kInt8:
    case kOid:
      if (parse(text, whole)) return Value(whole);
      break;
    case kFloat4:
    case kFloat8:
      if (parse(text, number) && std::isfinite(number)) return Value(number);
      break;
    case kJson:
    case kJsonb:
      if (is_valid_utf8(text)) return json(text);
      break;
    case kBytea: return bytes(text);
    case kTimestamp:
    case kTimestampTz: return Value(iso_time(text));
    default: break;
  }
  if (!is_valid_utf8(text)) return Error(Code::corrupt, "a text that is no UTF-8");
  if (const std::uint32_t element = element_of(type)) {
    ValueList list;
    if (ListReader(element, text).read(list)) return Value(std::move(list));
  }
  return Value(std::string(text));
}

std::string postgres_array(const ValueList& list) {
  std::string text = "{";
  for (const Value& one : list) {
    if (text.size() > 1) text += ',';
    std::string held;
    if (const std::string* is = one.text()) {
      held = *is;
    } else {
      append_json(held, one);
    }
    text += '"';
    for (const char c : held) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += '"';
  }
  return text + "}";
}

}  // namespace naru
