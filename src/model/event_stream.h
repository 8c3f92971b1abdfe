// EventStream: server-sent events (WHATWG HTML, "Server-sent events") cut out of the pieces in which a body arrives.
//
// Only their data is kept; names, ids, retries and comments are left out. One thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "naru/result.h"

namespace naru {

class EventStream {
 public:
  // Calls `on_data` with the data of each event that is whole. What it returns as an error ends the reading and is
  // returned. limit_exceeded: one event of more than kEventBytesMax.
  Status add(std::string_view piece, const std::function<Status(std::string_view data)>& on_data);
  // The body has ended: an event without its empty line counts too.
  Status finish(const std::function<Status(std::string_view data)>& on_data);

  bool any() const { return any_; }  // whether an event was seen

 private:
  Status take_line(std::string_view line, const std::function<Status(std::string_view data)>& on_data);
  Status dispatch(const std::function<Status(std::string_view data)>& on_data);

  std::string line_, data_;
  bool has_data_ = false, any_ = false, after_return_ = false;
};

}  // namespace naru
