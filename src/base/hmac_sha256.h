// HMAC with SHA-256 (RFC 2104). Pure; any thread.
#pragma once

#include <string_view>

#include "naru/id.h"

namespace naru {

Sha256 hmac_sha256(std::string_view key, std::string_view message);

}  // namespace naru
