// Files for the eyes of this user alone: tokens and keys. As write_file_durable of files.h, with mode 0600 from the
// first byte on. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "naru/result.h"

namespace naru {

Status write_private_file(const std::string& path, std::string_view bytes);

}  // namespace naru
