// FolderWatch: tells when something under some folders may have changed. A hint only: who hears it looks for himself.
//
// One thread at a time. Network folders and exhausted watches stay silent, so that a caller always also polls.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "naru/result.h"

namespace naru {

class FolderWatch {
 public:
  static Result<std::unique_ptr<FolderWatch>> open();
  ~FolderWatch();
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  // Not its subfolders. Adding a folder again is fine. limit_exceeded: the system has no watches left.
  Status add(const std::string& folder);

  // Whether changes below a folder are told at all: not where another machine makes them (NFS, SMB, FUSE, …). True also
  // where the system does not say what it is.
  static bool hears(const std::string& folder);

  // True: something may have changed (or so much that the system lost count). False: the time is over or stop was
  // requested.
  Result<bool> wait(std::int64_t milliseconds, std::stop_token stop);

 private:
  FolderWatch(int events, int wake) : events_(events), wake_(wake) {}
  const int events_;  // inotify
  const int wake_;    // eventfd, written when stop is requested
};

}  // namespace naru
