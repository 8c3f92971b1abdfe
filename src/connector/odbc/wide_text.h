// UTF-16 as ODBC's functions take and give it (16 bits a unit, of this machine's order), to UTF-8 and back.
//
// Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

#include "naru/result.h"

namespace naru {

std::u16string to_wide(std::string_view utf8);
// corrupt: half of a pair stands alone.
Result<std::string> from_wide(std::u16string_view text);

}  // namespace naru
