// Bytes for another process in memory that nobody can change any more, neither it nor we. For .cpp files of runtime/.
#pragma once

#include <string_view>

#include "naru/result.h"
#include "runtime/file_descriptor.h"

namespace naru {

// Stands at its start.
Result<FileDescriptor> sealed_memory(std::string_view bytes);

}  // namespace naru
