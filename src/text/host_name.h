// Names of hosts as the name system has them: "한국.kr" is "xn--3e0b707e.kr" (UTS #46, as browsers read it).
//
// Pure function; any thread.
#pragma once

#include <string>
#include <string_view>

namespace naru {

// In ASCII and lower case; "" for what can be no name: a label that is too long, a sign that no name has.
std::string ascii_host_name(std::string_view name);

}  // namespace naru
