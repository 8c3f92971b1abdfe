// Base64 (RFC 4648): vectors of an endpoint and tables of tokenizers come so, and vectors that we serve go so. Pure
// functions.
#pragma once

#include <string>
#include <string_view>

#include "naru/result.h"

namespace naru {

// corrupt: another character, or a length that no bytes give. Padding may be left out; white space is not allowed.
Result<std::string> decode_base64(std::string_view text);
std::string encode_base64(std::string_view bytes);  // with padding

}  // namespace naru
