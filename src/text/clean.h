// A text as people read it: without what nobody sees. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace naru {

enum class Blanks : std::uint8_t { fold, keep };

// Composed (NFC), broken bytes as U+FFFD, every kind of line end as "\n". Gone are control characters but tabs, marks
// that have no width (zero-width space, byte order mark, soft hyphen, word joiner), those that turn the direction of
// writing, and tags (U+E0000 to U+E007F), in which text can be hidden from people. Joiners stay, scripts and emoji need
// them; so do full-width and compatibility forms, which mean something. `fold`: runs of blanks become one, none at the
// ends of a line, and no more than one empty line. `keep`, for code: blanks stay, but those at the ends of lines.
std::string clean_text(std::string_view text, Blanks blanks);

// What lines that differ in numbers alone have in common: "Page 3 of 12" and "Page 4 of 12" give "Page 0 of 0".
std::string without_numbers(std::string_view line);

}  // namespace naru
