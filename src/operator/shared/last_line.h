// What a program complains of, in a message that a person reads. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace naru {

// The last line with anything in it, as it may be shown: at most 300 bytes, without control characters.
std::string last_line(std::string_view errors);

}  // namespace naru
