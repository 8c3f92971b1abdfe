// Under which path a file may be added below a folder: a name that every system can hold, that shows what it is, and
// that is the same whoever typed it. Free functions.
#pragma once

#include <string>
#include <string_view>

#include "naru/result.h"
#include "runtime/folder_handle.h"

namespace naru {

// Composed (NFC), with '/' between folders. invalid_argument says what is wrong with it.
Result<std::string> checked_upload_path(std::string_view path);

// The same path in the letters that are on disk, where something of it is there in another normal form (macOS writes
// decomposed Hangul): one document is not to stand there twice.
Result<std::string> path_on_disk(const FolderHandle& root, const std::string& path);

}  // namespace naru
