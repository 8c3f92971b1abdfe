// SpilledList: a list that is written from its start to its end and read the same way: in memory while it is short,
// beyond in a temporary file. So what millions of items are takes no more memory than what thousands are.
//
// Filled by one thread; afterwards each Reader belongs to one. Copies share what they hold until one is added to.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "naru/result.h"

namespace naru {

// Of Item and KnownItem; flow/spilled_list.cpp says how these are written.
template <class T>
class SpilledList {
  struct Held;

 public:
  class Reader {
   public:
    // False: there was no more. Errors: the temporary file, whether it could not be read or not be written.
    Result<bool> next(T& one);

   private:
    friend class SpilledList;
    explicit Reader(std::shared_ptr<const Held> held) : held_(std::move(held)) {}

    std::shared_ptr<const Held> held_;  // null: an empty list
    std::uint64_t next_ = 0;            // place of what comes after `bytes_`
    std::string bytes_;
    std::size_t at_ = 0;                // in bytes_
  };

  // What cannot be kept is an error of whoever reads.
  void add(const T& one);
  std::uint64_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  Reader read() const { return Reader(held_); }
  // In their order; an error of `visit` ends it.
  Status each(const std::function<Status(T& one)>& visit) const;
  // In memory, whatever that takes.
  Result<std::vector<T>> all() const;

 private:
  std::shared_ptr<Held> held_;  // null: it is empty
  std::uint64_t size_ = 0;
};

}  // namespace naru
