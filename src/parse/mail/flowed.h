// Text that its writer's program wrapped (RFC 3676, "format=flowed"): each paragraph on one line again.
//
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace naru::mail {

// Marks of quotes stay in front of their lines, as "> ". `wrapped_with_blank`: the blank at a wrap is no part of the
// text ("DelSp=yes", for scripts that put none between words).
std::string join_flowed_lines(std::string_view text, bool wrapped_with_blank);

}  // namespace naru::mail
