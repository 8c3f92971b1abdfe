// Which company's rights management has wrapped a document, by its first bytes: what stands behind them is enciphered
// with keys that only the vendor's own program has.
//
// Pure; looks at the beginning alone and reads nothing of it, so that it may also be asked outside the sandbox.
#pragma once

#include <string_view>

namespace naru {

// "Fasoo Enterprise DRM"; "" where none that is known has.
std::string_view protection_of(std::string_view bytes);

}  // namespace naru
