// Lease: the right to write one object, held by an object beside it, KEY.naru-lease, for as long as that is renewed.
//
// 1. It is taken by a put that holds only where there is none (If-None-Match: *), or where the one that was seen is
//    still there (If-Match): of two that ask at once one has it.
// 2. It lasts `seconds` after it was last put, by the store's own clock (Date against Last-Modified): those of the
//    machines may differ. A thread renews it three times as often.
// 3. Whoever finds it older than that takes it over, and then the one before is told no more than that it lost it. The
//    same owner (one machine and one kept file, which has a lock of its own) takes it over at once.
// 4. confirm() is asked last before what the lease protects; it fails where the lease was lost, or may have been.
//
// One thread beside its own.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "connector/s3/client.h"
#include "runtime/thread.h"

namespace naru::s3 {

inline constexpr std::int64_t kLeaseSecondsMax = 3600;

struct LeaseWish {
  std::string key;    // of the object that it protects
  std::string owner;  // see owner_here()
  std::int64_t seconds = 60;
};

// This machine and a file on it.
std::string owner_here(const std::string& file);

class Lease {
 public:
  // timeout: another run has it; who, and for how long, stands in the message.
  static Result<std::unique_ptr<Lease>> take(const Place& place, LeaseWish wish);
  ~Lease();  // gives it back, if it is ours
  Lease(const Lease&) = delete;

  // Renews it now. timeout: another run has it.
  Status confirm();
  bool lost() const;

 private:
  // As it is in the store; no etag: there is none.
  struct Seen {
    std::string etag, token, owner, holder;
    std::int64_t left_ms = 0;  // until it may be taken over; up to 0: it may be
  };

  Lease(const Place& place, LeaseWish wish);
  Result<Seen> look();
  Status take();
  Status put();
  Error lost_to(const Seen& seen) const;
  void keep(const std::stop_token& stop);

  S3Client client_;
  const LeaseWish wish_;
  const std::string key_, token_;

  mutable std::mutex mutex_;  // protects what follows; held while the store is asked
  std::string etag_;          // of what was seen, then of what we put last
  std::uint64_t puts_ = 0;
  std::int64_t until_ns_ = 0; // monotonic; after that somebody else may have it
  bool lost_ = false;

  Thread keeper_;  // last: it ends before what it uses
};

// Whether the store holds a put to its conditions, tried with one that cannot hold: where they are kept nothing is
// written, elsewhere the object that came of it is removed again. not_allowed: we may not write there.
Result<bool> keeps_conditions(S3Client& client, const std::string& key);

}  // namespace naru::s3
