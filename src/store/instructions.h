// Which instructions an inner loop may use: those of this processor, or portable code alone. Both give the same bits,
// and tests ask for either.
#pragma once

#include <cstdint>

namespace naru {

enum class Instructions : std::uint8_t { best, portable };

}  // namespace naru
