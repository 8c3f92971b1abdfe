// The header fields of mail: RFC 5322 lines, RFC 2047 words, RFC 2231 parameters, and what is sent instead of them.
//
// Pure functions; any thread. Answers are UTF-8 in NFC, on one line.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace naru::mail {

inline constexpr std::size_t kFieldsMax = 2'000;         // of one message or part; what follows is passed over
inline constexpr std::size_t kFieldBytesMax = 64 << 10;  // of one field; longer ones are cut

struct Field {
  std::string name;   // lower case
  std::string value;  // unfolded, as sent
};

struct Fields {
  std::vector<Field> all;
  std::size_t size = 0;  // bytes of the header with the empty line behind it

  std::string_view first(std::string_view name) const;  // empty where there is none
};

// Reads up to the first empty line; a line that is no field ends the header too.
Fields read_fields(std::string_view message);

// Encoded words decoded, raw bytes in whatever charset they come; `charset` is the message's own, as a hint.
std::string decode_words(std::string_view value, std::string_view charset = {});

// "text/plain; charset=utf-8; name*0*=..." as its value in lower case and its parameters, decoded.
struct Parameters {
  std::string value;
  std::vector<std::pair<std::string, std::string>> all;  // names in lower case

  std::string_view named(std::string_view name) const;  // empty where there is none
};
Parameters read_parameters(std::string_view value);

// The first "<...>" of a field without its brackets, or its first word.
std::string message_id_of(std::string_view value);

}  // namespace naru::mail
