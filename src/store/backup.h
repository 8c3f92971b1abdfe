// Backup and restore: the committed state of a store, whole, in another folder, while a run goes on writing.
//
// A backup is a folder with both databases, the vectors that count, the segments, and backup.json with the length and
// SHA-256 of each: docs/format/backup.md. Free functions; one thread.
#pragma once

#include <cstdint>
#include <string>

#include "naru/result.h"
#include "store/truth.h"

namespace naru {

struct BackupReport {
  std::uint64_t epoch = 0, files = 0, bytes = 0;
  std::int64_t created_ms = 0;
};

struct RestoreReport {
  BackupReport backup;
  std::uint64_t documents = 0, chunks = 0;  // as they were verified
  std::uint64_t forgotten = 0;              // of the backup, because the store that was there had forgotten them
  std::string kept;                         // where the store that was there lies now; empty: there was none
};

// Written beside and renamed: the backup that was there is whole until the new one is. already_exists: there is
// something else in the folder.
Result<BackupReport> back_up(const StorePaths& paths, const std::string& folder);

// Copied beside, checked file by file and verified as a store, then renamed. already_exists: a store is there, and
// `replace` was not said; with it, the store is kept beside. timeout: somebody writes to it.
Result<RestoreReport> restore_backup(const std::string& folder, const StorePaths& paths, bool replace);

}  // namespace naru
