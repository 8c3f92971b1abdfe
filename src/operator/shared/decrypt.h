// A site's own licensed program opens documents that a rights management has wrapped (docs/decisions/0030).
//
// The program runs outside the sandbox, as whoever runs Naru: it is the site's, named in naru.yaml, started without a
// shell. It is given the wrapped bytes and says the opened ones; Naru itself looks at neither beyond the first bytes,
// and what came out is parsed in the sandbox like every other document. Any thread.
#pragma once

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "naru/record.h"
#include "naru/result.h"

namespace naru {

// The opened bytes. not_allowed: the program refused it, gave nothing back, or what it gave is still wrapped; timeout,
// limit_exceeded: it took too long or said too much, and was killed; unavailable: it cannot be started. Each message
// names the vendor, and the program's last line where it said one.
Result<std::string> decrypt(std::string_view bytes, std::string_view vendor, const std::vector<std::string>& program,
                            std::uint64_t timeout_ms, std::stop_token stop);

// Says in the document and its children who wrapped it and what opened it. Byte ranges go: those of the opened bytes
// mean nothing in the original item.
void tell_decrypted(Document& document, std::string_view vendor, const std::string& program);

}  // namespace naru
