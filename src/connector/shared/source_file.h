// What sources that are one file have in common: what is said where it cannot be read, and waiting for it to change.
//
// One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "naru/result.h"
#include "runtime/folder_handle.h"
#include "runtime/folder_watch.h"

namespace naru {

// A file that is not there, is none, or is not what its name says, is something that is needed and missing:
// unavailable.
Error cannot_read(const std::string& path, const Error& error);

Result<FileStamp> stamp_of(const std::string& path);

// Of what is inside: "csv" of a.csv.zst.
std::string unpacked_extension(const std::string& path);

// For Source::wait_for_change.
class FileChanges {
 public:
  explicit FileChanges(std::string path) : path_(std::move(path)) {}
  // Returns when something may have changed, at the latest after so many ms.
  Status wait(std::int64_t ms_max, std::stop_token stop);

 private:
  const std::string path_;
  std::unique_ptr<FolderWatch> watch_;
};

}  // namespace naru
