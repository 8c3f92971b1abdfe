// Base64 (RFC 4648) to bytes: vectors of an endpoint and tables of tokenizers come so. Pure function.
#pragma once

#include <string>
#include <string_view>

#include "naru/result.h"

namespace naru {

// corrupt: another character, or a length that no bytes give. Padding may be left out; white space is not allowed.
Result<std::string> decode_base64(std::string_view text);

}  // namespace naru
