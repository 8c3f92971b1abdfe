// The transfer encodings of mail (RFC 2045, section 6), read as leniently as mail is written.
//
// Pure functions; any thread. What is no part of an encoding is passed over; the answer is never longer than the input.
#pragma once

#include <string>
#include <string_view>

namespace naru::mail {

std::string decode_base64(std::string_view text);
// Of a body: lines among it that are plain text, as footers of mailing lists are, stay lines of their own.
std::string decode_base64_body(std::string_view body);
// `in_header`: the Q encoding of RFC 2047, whose underscores are blanks.
std::string decode_quoted_printable(std::string_view text, bool in_header = false);
std::string decode_uuencode(std::string_view text);  // the lines between "begin" and "end"

}  // namespace naru::mail
